import Foundation
import Synchronization
import Testing

extension ServiceSuites {
    @Suite("Metrics and statistics agree with the jobs")
    struct AgreementTests {
        private static let programs = (0..<4).map { "bank-\($0)" }

        /// Jobs of all kinds: that commit, and do not, load many pages, and end badly in every way.
        private func submission(_ number: Int) -> JobSubmission {
            let program = Self.programs[number % Self.programs.count]
            let kinds: [(entry: String, args: [Int], gas: Int?, commit: Bool?)] = [
                ("deposit", [8, 1], nil, nil), ("fill", [10, 20 + number % 7, number + 1], nil, nil),
                ("visit", [8, 30], nil, false), ("abandon", [9], nil, nil), ("twin", [1], nil, nil),
                ("visit", [8, 2], CounterProgram.ownGas + 1, nil), ("byte", [80, 0], nil, nil),
                ("deposit", [8, 1], nil, false), ("seam", [20], nil, nil), ("visit", [12, 9], nil, nil),
            ]
            let kind = kinds[number / Self.programs.count % kinds.count]
            return JobSubmission(
                program: program, entry: kind.entry, args: kind.args, gasLimit: kind.gas ?? 1_000_000_000,
                commit: kind.commit,
                pages: "numbers")
        }

        private final class Count: Sendable {
            private let number = Mutex(0)
            var value: Int { number.withLock { $0 } }
            func increment() { number.withLock { $0 += 1 } }
        }

        /// Has several clients post jobs, without looking at what becomes of them.
        private func post(_ numbers: Range<Int>, to service: TestService, done: Count) async throws {
            let clients = 6
            try await withThrowingTaskGroup { group in
                for first in 0..<clients {
                    let client = try service.makeClient()
                    group.addTask {
                        for number in stride(from: numbers.lowerBound + first, to: numbers.upperBound, by: clients) {
                            let response = try await client.post(submission(number))
                            #expect([200, 500].contains(response.status), "\(response.text)")
                            done.increment()
                        }
                    }
                }
                try await group.waitForAll()
            }
        }

        /// Kills a worker again and again, until so many jobs are done.
        private func kill(_ kills: Int, in service: TestService, during done: Count, of jobs: Int) async throws {
            for number in 0..<kills {
                while done.value < jobs * number / kills {
                    try await Task.sleep(for: .milliseconds(2))
                }
                if let worker = try service.workers().randomElement() { Foundation.kill(worker, SIGKILL) }
            }
        }

        @Test(
            "faults, pages, gas and outcomes are the sums of the jobs' own, to the unit, whatever happens to workers",
            arguments: StorageKind.allCases)
        func sums(kind: StorageKind) async throws {
            let jobCount = 480
            try await withService(on: kind) { service in
                for program in Self.programs { try await service.client.upload(program) }
                let done = Count()
                async let posting: Void = post(0..<jobCount, to: service, done: done)
                try await kill(30, in: service, during: done, of: jobCount)
                try await posting
                try await cancelOne(in: service)
                let late = try await service.client.run(Self.programs[0], "forever", timeoutMs: 100)
                #expect(late.outcome == "timeout")
                let isWhole = try await eventually { try await service.isIdle(workers: 2) }
                #expect(isWhole)

                let jobs = try await service.client.jobs("")
                let costs = try await service.info().costs
                let expected = JobSums(jobs, costs: costs)
                #expect(expected.outcomes.keys.contains("cancelled") && expected.outcomes.count >= 6)
                #expect(expected.counters.values.allSatisfy { $0 > 0 }, "\(expected.counters)")
                let metrics = try await service.metrics()
                #expect(JobSums(metrics) == expected)
                #expect(
                    metrics["lazypages_page_query_duration_seconds_count"] == metrics["lazypages_page_queries_total"])
                let stats: StatsDocument = try await service.client.get("/v1/stats")
                #expect(JobSums(try #require(stats.windows["1h"])) == expected)
                for program in Self.programs {
                    let own = jobs.filter { $0.program == program }
                    let stats: StatsDocument = try await service.client.get("/v1/stats?program=\(program)")
                    #expect(JobSums(try #require(stats.windows["1h"])) == JobSums(own, costs: costs))
                    let hottest = try #require(stats.hottestPages)
                    #expect(
                        hottest
                            == hottest.map { page in
                                StatsDocument.Page(
                                    page: page.page, accesses: own.count { $0.accessedPages.contains(page.page) },
                                    writes: own.count { $0.writtenPages.contains(page.page) })
                            })
                }
            }
        }

        private func cancelOne(in service: TestService) async throws {
            let slow = try service.makeClient()
            async let running = slow.run(Self.programs[0], "work", 300_000_000)
            let isRunning = try await eventually { try await !service.client.jobs("state=running").isEmpty }
            try #require(isRunning)
            let posted = try await service.client.request(
                "POST", "/v1/jobs", type: "application/json", headers: [("Prefer", "respond-async")],
                body: try submission(0).json)
            let id = try posted.decoded(as: JobDocument.self).id
            #expect(try await service.client.request("DELETE", "/v1/jobs/\(id)").status == 200)
            _ = try await running
        }
    }
}
