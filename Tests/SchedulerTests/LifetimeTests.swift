import Foundation
import Scheduler
import Testing
import WorkerProtocol

extension WorkerSuites {
    @Suite("The life of workers, and of the whole")
    struct LifetimeTests {
        @Test("a worker is replaced after its number of jobs, without a failure", arguments: ["serve", "linger"])
        func recycle(behaviour: String) async throws {
            let service = Service(workers: 1, behaviour: behaviour) {
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
            let service = Service(workers: 2)
            var submitted: [Service.Submitted] = []
            for index in 0..<12 { submitted.append(await service.submit("sleep", 30, program: "p\(index % 3)")) }
            let shutdown = Task { await service.scheduler.shutdown(within: .seconds(20)) }
            for job in submitted { try await expectSuccess(job.task.value) }
            await shutdown.value
            await #expect(throws: SchedulerError.shuttingDown) { _ = try await service.run("echo") }
            await #expect(throws: SchedulerError.shuttingDown) {
                _ = try await service.scheduler.inspect(code: [], isText: false)
            }
            #expect(service.workerProcesses().isEmpty)
            #expect(service.scheduler.statistics().restarts.isEmpty)
        }

        @Test("what is not finished in time fails with shutting_down, and no worker stays")
        func deadline() async throws {
            let service = Service(workers: 2)
            let running = await service.submit("hang")
            #expect(await eventually { service.state(of: running.id) == .running })
            let waiting = [await service.submit("echo"), await service.submit("echo")]
            await service.scheduler.shutdown(within: .milliseconds(100))
            for job in [running] + waiting {
                let job = try await job.task.value
                #expect(job.state == .failed)
                #expect(job.error?.code == "shutting_down")
                #expect(service.recorder.stored(job.id)?.error?.code == "shutting_down")
            }
            #expect(service.workerProcesses().isEmpty)
        }

        @Test("shutting down waits for the storage to take what it holds back, but not for ever")
        func shutdownWithoutStorage() async throws {
            let service = Service(workers: 1)
            service.recorder.isAway = true
            let first = try await service.run("unrecorded")
            let shutdown = Task { await service.scheduler.shutdown(within: .seconds(20)) }
            try await Task.sleep(for: .milliseconds(100))
            service.recorder.isAway = false
            await shutdown.value
            #expect(service.recorder.stored(first.id) != nil)

            let other = Service(workers: 1)
            other.recorder.isAway = true
            let second = try await other.run("unrecorded")
            await other.scheduler.shutdown(within: .milliseconds(50))
            #expect(other.scheduler.activeJobs().map(\.id) == [second.id])
        }

        @Test("two callers may shut down, also before anything was started")
        func shutdownTwice() async {
            let service = Service(workers: 0)
            async let first: Void = service.scheduler.shutdown(within: .seconds(20))
            async let second: Void = service.scheduler.shutdown(within: .seconds(20))
            _ = await (first, second)
        }

        @Test("50 crashes leave no descriptor open, and no zombie")
        func leaks() async {
            // In a process of its own, where no other test opens descriptors or starts children.
            await #expect(processExitsWith: .success) {
                try await Service(workers: 2).use { service in
                    #expect(await eventually { service.scheduler.statistics().workersIdle == 2 })
                    let before = openDescriptors()
                    for index in 0..<50 {
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
                let service = Service(workers: 3)
                for program in ["a", "b", "c"] { _ = await service.submit("hang", program: program) }
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
