import Foundation
import Testing

extension ServiceSuites {
    @Suite("Processes that are killed")
    struct KillTests {
        @Test(
            "100 kills of workers under load: each job is answered once, and fails only if it lost three workers",
            arguments: StorageKind.allCases)
        func workers(kind: StorageKind) async throws {
            let kills = 100
            try await withService(on: kind, workers: 2) { service in
                let load = try await Load(on: service, clients: 6, programs: 4)
                try await load.run {
                    var killed: Set<pid_t> = []
                    while killed.count < kills {
                        let before = load.answers.count
                        let isUnderWay = await eventually { load.answers.count > before }
                        try #require(isUnderWay)
                        try await Task.sleep(for: .milliseconds(.random(in: 0..<40)))
                        let alive = try service.workers().filter { !killed.contains($0) }
                        if let worker = alive.randomElement(), kill(worker, SIGKILL) == 0 { killed.insert(worker) }
                    }
                }
                let answers = load.answers
                let failed = answers.filter { $0.status != 200 }
                #expect(failed.allSatisfy { $0.status == 500 && $0.problem?.code == "worker_crashed" && $0.job != nil })
                #expect(failed.count <= kills)
                #expect(load.successes > kills)
                #expect(Set(answers.compactMap(\.job)).count == answers.count)

                let isWhole = try await eventually { try await service.isIdle(workers: 2) }
                #expect(isWhole)
                let metrics = try await service.metrics()
                #expect(metrics.nonzero("lazypages_workers") == [#"{state="idle"}"#: 2])
                #expect(metrics[#"lazypages_worker_restarts_total{cause="crashed"}"#] == Double(kills))
                #expect(try await service.client.jobs("").count == answers.count)
                try await load.expectAgreement(with: service)
                print("\(kind): \(load.successes) successes, \(failed.count) jobs lost three workers")
            }
        }

        @Test(
            "the service killed under load: all that was answered is there after a restart",
            arguments: StorageKind.allCases)
        func service(kind: StorageKind) async throws {
            try await withService(on: kind, workers: 2, options: ["--lease-seconds", "2"]) { service in
                let load = try await Load(on: service, clients: 6, programs: 4)
                var workers: [pid_t] = []
                try await load.run {
                    let isUnderWay = await eventually { load.successes >= 60 }
                    try #require(isUnderWay)
                    workers = try await service.kill()
                }
                #expect(!workers.isEmpty)
                let left = workers
                let haveEnded = await eventually { !left.contains(where: ProcessTable.isRunning) }
                #expect(haveEnded)

                try await service.start()
                try await load.drain(service)
                let kept = try await load.expectMemoryIsWhatJobsSay(service)
                for answer in load.answers where answer.status == 200 {
                    let job = try await service.client.job(try #require(answer.job))
                    #expect(job.outcome == "success" && job.committed)
                }
                // One more for each client at most: its last job may be stored without having been answered.
                #expect((0...6).contains(kept.values.reduce(0, +) - load.successes))
                #expect(try await service.client.run("bank-0", "twin", 1).outcome == "success")
            }
        }
    }
}
