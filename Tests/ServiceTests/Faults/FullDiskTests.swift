import Foundation
import Testing

extension ServiceSuites {
    @Suite("A full disk")
    struct FullDiskTests {
        @Test(
            "a job that finds no room is refused with 503, and nothing of it is kept; with room again it goes on",
            .enabled(if: PrivateMount.isPossible, "a file system of its own needs mount namespaces (unshare -m)"))
        func sqlite() async throws {
            let folder = try TestFolder()
            let storage = TestStorage(sqlite: folder("disk/lazypages.db"))
            let mount = try PrivateMount(at: folder("disk"), megabytes: 16)
            try await withService(on: storage, workers: 1, launcher: mount.launcher) { service in
                let program = try await service.client.upload("bank")
                let kept = try await service.client.run(program, "fill", 8, 30, 1)
                _ = try await service.client.run(program, "deposit", 5, 7)
                let filler = mount.path("filler", in: try service.process.number)
                fill(filler)

                let large = JobSubmission(program: program, entry: "fill", args: [8, 72, 2])
                let answer = try await service.client.post(large)
                let problem = try answer.expectProblem(503, "storage_unavailable")
                #expect(problem.detail?.contains("no room") == true, "\(answer.text)")
                #expect(answer.header("Retry-After") != nil)

                #expect(try await service.client.get("/healthz").status == 200)
                let page = try await service.client.page(8, of: program)
                #expect(page == Array(try #require(kept.writeAccessedPages.first?.data)))
                #expect(try await service.client.page(5, of: program)[0] == 7)

                #expect(unlink(filler) == 0)
                #expect(try await service.client.run(program, "deposit", 5, 1).results == [8])
                #expect(try await service.client.run(program, "fill", 8, 72, 2).outcome == "success")
                #expect(problem.job == nil)
                let ends = try await service.client.jobs("").map(\.outcome)
                #expect(ends == ["success", "success", "success", "success"])
            }
        }

        /// Writes until nothing more fits.
        private func fill(_ path: String) {
            let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
            #expect(descriptor >= 0, "\(path): \(String(cString: strerror(errno)))")
            defer { close(descriptor) }
            let block = [UInt8](repeating: 1, count: 4096)
            while write(descriptor, block, block.count) > 0 {}
            #expect(errno == ENOSPC)
        }
    }
}
