import Foundation
import Testing
import WorkerProtocol

@testable import Scheduler

extension WorkerSuites {
    @Suite("Workers that die")
    struct CrashTests {
        @Test(
            "a job that ends its worker three times has failed, saying how, and the pool is whole again",
            arguments: [
                ("signal", Int64(SIGSEGV), "was killed by SIGSEGV (signal 11)"),
                ("signal", Int64(SIGKILL), "was killed by SIGKILL (signal 9)"), ("exit", 3, "exited with status 3"),
                ("exit", 0, "exited with status 0"),
            ])
        func crash(entry: String, number: Int64, how: String) async throws {
            try await Service(workers: 2).use { service in
                let other = try await service.submit("sleep", 200, program: "other")
                let next = try await service.submit("sleep", 50, program: "p")
                let crashed = try await service.submit(entry, number, program: "p")
                let behind = try await service.submit("echo", program: "p")
                let job = try await crashed.value
                #expect(job.state == .failed)
                #expect(job.outcome == nil)
                #expect(job.error?.code == "worker_crashed")
                #expect(try #require(job.error).message.hasSuffix(how))
                #expect(job.startedAt != nil && job.finishedAt != nil && job.timingsUs.queued != nil)
                let stored = try #require(try await service.stored(job.id))
                #expect(stored.error == job.error && stored.state == .failed)
                for fine in [other, next, behind] { try await expectSuccess(fine.value) }
                #expect(await eventually { service.scheduler.statistics().restarts == ["crashed": 3] })
                #expect(service.scheduler.statistics().retries.filter { $0.value > 0 } == ["crashed": 2])
                #expect(await eventually { service.scheduler.statistics().workersIdle == 2 })
            }
        }

        @Test("a job whose worker ends once is run again, before those behind it")
        func crashOnce() async throws {
            let marker = FileManager.default.temporaryDirectory.appending(path: UUIDv7.next().description).path
            defer { try? FileManager.default.removeItem(atPath: marker) }
            try await Service(workers: 2).use { service in
                let killed = try await service.submit("signal_once", Int64(SIGKILL), program: marker)
                let behind = try await service.submit("echo", program: marker)
                for job in [killed, behind] { try await expectSuccess(job.value) }
                #expect(service.observed.all.map(\.id) == [killed.id, behind.id])
                #expect(await eventually { service.scheduler.statistics().restarts == ["crashed": 1] })
            }
        }

        @Test("a worker that cannot be understood is replaced", arguments: ["garbage", "another_id"])
        func confused(entry: String) async throws {
            try await Service(workers: 1).use { service in
                let before = try await service.run("echo").workerProcess
                let job = try await service.run(entry)
                #expect(job.error?.code == "worker_crashed")
                let after = try await service.run("echo").workerProcess
                #expect(before != after)
            }
        }

        @Test("that a worker died before its job began does not count against the job, once")
        func secondTry() async throws {
            let marker = FileManager.default.temporaryDirectory.appending(path: UUIDv7.next().description).path
            defer { try? FileManager.default.removeItem(atPath: marker) }
            try await Service(workers: 1).use { service in
                let behind = try await service.submit("sleep", 50, program: marker)
                let saved = try await service.submit("die_loading_once", program: marker)
                let later = try await service.submit("echo", program: marker)
                for job in [behind, saved, later] { try await expectSuccess(job.value) }
                #expect(service.observed.all.map(\.id) == [behind.id, saved.id, later.id])
                #expect(await eventually { service.scheduler.statistics().restarts == ["crashed": 1] })

                let lost = try await service.run("die_loading")
                #expect(lost.error?.code == "worker_crashed")
                #expect(await eventually { service.scheduler.statistics().restarts == ["crashed": 5] })
                try await expectSuccess(service.run("echo"))
            }
        }

        @Test("a worker that dies while it has nothing to do costs no job")
        func idleDeath() async throws {
            try await Service(workers: 1).use { service in
                for _ in 0..<5 {
                    let process = try #require(try await service.run("echo").workerProcess)
                    kill(process, SIGKILL)
                    let hasEnded = await eventually { !service.workerProcesses().contains(process) }
                    #expect(hasEnded)
                    try await expectSuccess(service.run("echo"))
                }
            }
        }

        @Test("a worker that dies while it has nothing to do is replaced before the next job comes")
        func idleDeathIsNoticed() async throws {
            try await Service(workers: 1).use { service in
                let process = try #require(try await service.run("echo").workerProcess)
                kill(process, SIGKILL)
                #expect(await eventually { service.scheduler.statistics().restarts == ["crashed": 1] })
                #expect(await eventually { service.scheduler.statistics().workersIdle == 1 })
            }
        }

        @Test(
            "workers that die at their start are tried again, ever more slowly", arguments: ["exit-at-start", "none"])
        func startFails(behaviour: String) async throws {
            let service = try Service(workers: 1, behaviour: "exit-at-start") {
                if behaviour == "none" { $0.workerCommand = ["/nonexistent"] }
            }
            let waiting = try await service.submit("echo")
            #expect(await eventually { service.scheduler.statistics().restarts["crashed", default: 0] >= 3 })
            try await Task.sleep(for: .milliseconds(500))
            // Without pauses it would be dozens, or thousands.
            #expect(service.scheduler.statistics().restarts["crashed", default: 0] < 10)
            await service.scheduler.shutdown(within: .zero)
            #expect(try await waiting.value.state == .queued)
        }

        @Test("workers that do not get ready in time are replaced")
        func neverReady() async throws {
            let service = try Service(workers: 1, behaviour: "never-ready") { $0.limits.start = .milliseconds(100) }
            #expect(await eventually { service.scheduler.statistics().restarts["crashed", default: 0] >= 2 })
            #expect(service.scheduler.statistics().workersIdle == 0)
            await service.scheduler.shutdown(within: .zero)
            #expect(service.workerProcesses().isEmpty)
        }

        @Test("under 200 random kills each job is answered once, and only those killed three times fail")
        func randomKills() async throws {
            try await Service(workers: 3).use { service in
                let killer = Task {
                    var killed: Set<pid_t> = []
                    while killed.count < 200, !Task.isCancelled {
                        try await Task.sleep(for: .milliseconds(.random(in: 0..<20)))
                        // Those that are ready: after failed starts the next one waits, longer and longer.
                        let workers = service.readyWorkers().filter { !killed.contains($0.number) }
                        guard let worker = workers.randomElement() else { continue }
                        worker.killNow()
                        killed.insert(worker.number)
                    }
                    return killed.count
                }
                let isOver = Flag()
                let jobs = await withTaskGroup(of: [Job].self) { group in
                    for client in 0..<8 {
                        group.addTask {
                            var jobs: [Job] = []
                            while !isOver.isSet {
                                let args = Int64.random(in: 0..<5)
                                if let job = try? await service.run("sleep", args, program: "p\(client % 5)") {
                                    jobs.append(job)
                                }
                            }
                            return jobs
                        }
                    }
                    #expect((try? await killer.value) == 200)
                    isOver.set()
                    return await group.reduce(into: []) { $0 += $1 }
                }
                let failed = jobs.filter { $0.state == .failed }
                #expect(failed.allSatisfy { $0.error?.code == "worker_crashed" })
                for job in failed { #expect(try await service.stored(job.id)?.error?.code == "worker_crashed") }
                #expect(jobs.filter { $0.outcome == .success }.count == jobs.count - failed.count)
                #expect(failed.count <= 200 / 3)
                #expect(Set(service.observed.all.map(\.id)) == Set(jobs.map(\.id)))
                #expect(service.observed.all.count == jobs.count)
                #expect(await eventually { service.scheduler.dispatcher.runningJobs().isEmpty })
                #expect(await eventually { service.scheduler.statistics().workersIdle == 3 })
                for program in 0..<5 {
                    try await expectSuccess(service.run("echo", program: "p\(program)"))
                }
            }
        }
    }
}
