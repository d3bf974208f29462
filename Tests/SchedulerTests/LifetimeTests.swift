import Foundation
import PageStorage
import Testing
import WorkerProtocol

@testable import Scheduler

extension WorkerSuites {
    @Suite("The life of workers, and of the whole")
    struct LifetimeTests {
        @Test("a worker is replaced after its number of jobs, without a failure", arguments: ["serve", "linger"])
        func recycle(behaviour: String) async throws {
            let service = try Service(workers: 1, behaviour: behaviour) {
                $0.jobsPerWorker = 3
                $0.limits.end = .milliseconds(100)
            }
            try await service.use { service in
                var processes: [pid_t] = []
                for _ in 0..<10 { processes.append(try #require(try await service.run("echo").workerProcess)) }
                #expect(Set(processes).count == 4)
                for start in [0, 3, 6] { #expect(Set(processes[start..<start + 3]).count == 1) }
                #expect(await eventually { service.scheduler.statistics().restarts == ["recycled": 3] })
                #expect(service.workerProcesses() == [processes[9]])
            }
            #expect(service.workerProcesses().isEmpty)
        }

        @Test("shutting down finishes what was accepted, and refuses the rest")
        func drain() async throws {
            let service = try Service(workers: 2)
            var submitted: [Service.Submitted] = []
            for index in 0..<12 { submitted.append(try await service.submit("sleep", 30, program: "p\(index % 3)")) }
            let shutdown = Task { await service.scheduler.shutdown(within: .seconds(20)) }
            for job in submitted { try await expectSuccess(job.value) }
            await shutdown.value
            await #expect(throws: SchedulerError.shuttingDown) { _ = try await service.run("echo") }
            await #expect(throws: SchedulerError.shuttingDown) {
                _ = try await service.scheduler.inspect(code: [], isText: false)
            }
            #expect(service.workerProcesses().isEmpty)
            #expect(service.scheduler.statistics().restarts.isEmpty)
        }

        @Test("what is not finished in time stays in the queue, free for others, and no worker stays")
        func deadline() async throws {
            let service = try Service(workers: 2)
            let running = try await service.submit("hang")
            #expect(await eventually { service.state(of: running.id) == .running })
            let waiting = [try await service.submit("echo"), try await service.submit("echo")]
            await service.scheduler.shutdown(within: .milliseconds(100))
            for job in [running] + waiting {
                let job = try await job.value
                #expect(job.state == .queued)
            }
            let other = ServerID(bytes: UUIDv7.next().bytes)
            let claimed = try await service.storage.withStorage { storage throws(StorageError) in
                _ = try storage.registerServer(other, leaseMs: 60_000)
                return try storage.claimLanes(by: other, lanes: 10, jobsPerLane: 10)
            }
            #expect(claimed.map { $0.jobs.map(\.id) } == [([running] + waiting).map(\.id)])
            #expect(service.workerProcesses().isEmpty)
        }

        @Test("a job that the storage did not take at the end is left to others, and the jobs after it with it")
        func outageWhileDraining() async throws {
            let service = try Service(workers: 1)
            let first = try await service.submit("sleep_unrecorded", 300)
            #expect(await eventually { service.state(of: first.id) == .running })
            let second = try await service.submit("echo")
            let other = try await service.submit("echo", program: "other")
            await service.scheduler.shutdown(within: .seconds(20))
            for job in [first, second] { #expect(try await job.value.state == .queued) }
            try await expectSuccess(other.value)
            #expect(service.observed.ids == [other.id])
        }

        @Test("two callers may shut down, also before anything was started")
        func shutdownTwice() async throws {
            let service = try Service(workers: 0)
            async let first: Void = service.scheduler.shutdown(within: .seconds(20))
            async let second: Void = service.scheduler.shutdown(within: .seconds(20))
            _ = await (first, second)
        }

        @Test("51 crashes leave no descriptor open, and no zombie")
        func leaks() async {
            // In a process of its own, where no other test opens descriptors or starts children.
            await #expect(processExitsWith: .success) {
                try await Service(workers: 2).use { service in
                    #expect(await eventually { service.scheduler.statistics().workersIdle == 2 })
                    let before = openDescriptors()
                    for index in 0..<17 {
                        let job = try await service.run("signal", Int64(SIGKILL), program: "p\(index % 2)")
                        #expect(job.error?.code == "worker_crashed")
                    }
                    #expect(await eventually { service.scheduler.statistics().workersIdle == 2 })
                    #expect(await eventually { children().count == 2 })
                    // Dispatch may have opened one or another for itself.
                    #expect(openDescriptors() < before + 10)
                }
                #expect(children().isEmpty)
            }
        }

        @Test("no worker outlives a server that is killed")
        func serverKilled() async throws {
            let result = try await #require(processExitsWith: .signal(SIGKILL), observing: [\.standardOutputContent]) {
                let service = try Service(workers: 3)
                for program in ["a", "b", "c"] { _ = try await service.submit("hang", program: program) }
                #expect(await eventually { service.scheduler.statistics().workersBusy == 3 })
                print("tag \(service.tag)")
                fflush(nil)
                kill(getpid(), SIGKILL)
            }
            let output = String(decoding: result.standardOutputContent, as: UTF8.self)
            let tag = try #require(output.split(separator: "\n").first { $0.hasPrefix("tag ") }).dropFirst(4)
            #expect(await eventually { processes { $0.contains(tag) }.isEmpty })
        }
    }
}

private func openDescriptors() -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
}

/// Processes that this one has started and not waited for; zombies too.
private func children() -> [String] {
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return processes.filter { process in
        guard let line = FileManager.default.contents(atPath: "/proc/\(process)/stat") else { return false }
        // Behind the name in parentheses: state, parent, … (proc_pid_stat(5)).
        let fields = String(decoding: line, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
        return fields.count > 1 && pid_t(fields[1]) == getpid()
    }
}
