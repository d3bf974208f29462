import Scheduler
import Testing
import WorkerProtocol

extension WorkerSuites {
    @Suite("Uploads")
    struct UploadTests {
        @Test("an upload is looked at by a worker")
        func inspection() async throws {
            try await Service(workers: 1).use { service in
                let code = Array("fine".utf8)
                guard
                    case .accepted(let module) = try await service.scheduler.inspect(code: code, isText: true),
                    module.code == code
                else {
                    Issue.record("not accepted")
                    return
                }
                #expect(module.description.size == 4)
                guard
                    case .refused(let refusal) = try await service.scheduler.inspect(
                        code: Array("bad".utf8), isText: false)
                else {
                    Issue.record("not refused")
                    return
                }
                #expect(refusal.code == "invalid_module")
            }
        }

        @Test("an upload that kills its worker, or takes too long, is told so, and harms nobody else")
        func failures() async throws {
            try await Service(workers: 1) { $0.limits.inspect = .milliseconds(300) }.use { service in
                await #expect(
                    throws: SchedulerError.workerCrashed("the upload's worker was killed by SIGKILL (signal 9)")
                ) { _ = try await service.scheduler.inspect(code: Array("crash".utf8), isText: false) }
                await #expect(throws: SchedulerError.timedOut(milliseconds: 300)) {
                    _ = try await service.scheduler.inspect(code: Array("hang".utf8), isText: false)
                }
                try await expectSuccess(service.run("echo"))
                #expect(await eventually { service.scheduler.statistics().restarts == ["crashed": 2, "timeout": 1] })
            }
        }
    }
}
