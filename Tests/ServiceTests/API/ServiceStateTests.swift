import Foundation
import Testing

extension ServiceSuites {
    @Suite("How the service stands")
    struct ServiceStateTests {
        @Test("a service that says that it is ready can run a job at once")
        func ready() async throws {
            for _ in 0..<5 {
                try await withService(on: .sqlite, workers: 1) { service in
                    let answer = try await service.client.get("/readyz")
                    #expect(answer.status == 200)
                }
            }
        }

        @Test("the limit on open files is raised to what the connections need")
        func openFiles() async throws {
            let launcher = ["/bin/sh", "-c", #"ulimit -Sn 256; exec "$@""#, "sh"]
            let storage = try TestStorage(.sqlite)
            try await withService(on: storage, options: ["--connections", "300"], launcher: launcher) { service in
                let limits = try String(contentsOfFile: "/proc/\(service.process.number)/limits", encoding: .utf8)
                let line = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max open files") })
                let soft = try #require(line.split(separator: " ").dropFirst(3).first.flatMap { Int($0) })
                #expect(soft > 300)
            }
        }

        @Test("health, readiness, metrics, the contract and the page for a person answer")
        func documents() async throws {
            try await withService(on: .sqlite) { service in
                for (path, type) in [
                    ("/healthz", "application/json"), ("/readyz", "application/json"), ("/metrics", "text/plain"),
                    ("/openapi.yaml", "application/yaml"), ("/", "text/html"), ("/page/page.js", "text/javascript"),
                ] {
                    let answer = try await service.client.get(path)
                    #expect(answer.status == 200)
                    #expect(answer.header("Content-Type")?.hasPrefix(type) == true, "\(path)")
                    #expect(!answer.body.isEmpty)
                }
            }
        }

        @Test("the service tells its storage, page sizes, costs and workers", arguments: StorageKind.allCases)
        func info(kind: StorageKind) async throws {
            try await withService(on: kind, workers: 3) { service in
                let isWhole = try await eventually { try await service.isIdle(workers: 3) }
                #expect(isWhole)
                let info = try await service.info()
                #expect(info.storage == kind.rawValue)
                #expect(info.pageSize == 16_384 && info.wasmPageSize == 65_536)
                #expect(info.costs.count == 7 && info.costs.values.allSatisfy { $0 > 0 })
                #expect(info.queued == 0)
                #expect(try service.workers().count == 3)
            }
        }
    }
}
