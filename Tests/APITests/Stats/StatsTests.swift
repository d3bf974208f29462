import Pages
import Synchronization
import Testing
import WorkerProtocol

@testable import API

/// A clock that the test moves on.
final class TestClock: Sendable {
    private let time = Mutex(Duration.zero)

    var now: Duration { time.withLock { $0 } }

    func advance(_ seconds: Int) { time.withLock { $0 += .seconds(seconds) } }
}

@Suite("Statistics")
struct StatsTests {
    private let clock = TestClock()
    private let service: Service

    init() async throws {
        let clock = clock
        service = try await Service(metrics: Metrics(statistics: JobStatistics { clock.now }))
    }

    private func observe(_ program: String, _ change: (inout Job) -> Void = { _ in }) {
        var job = Job.success(.sample(program: program))
        change(&job)
        service.metrics.observe(job: JobSummary(job))
    }

    private func window(_ name: String, _ query: String = "") async throws -> JSONValue? {
        try await service.get("/v1/stats\(query)").json["windows"]?[name]
    }

    @Test("a job counts under each of its aspects, by the names that jobs and metrics use")
    func aspects() async throws {
        clock.advance(4)
        observe("p") { job in
            job.gas.pages.signalRead = 2
            job.gas.pages.loadPageData = 3
            // The prices are 1 to 7, in order.
            job.gas = Gas(limit: 1000, left: 900, pages: job.gas.pages)
            job.timingsUs.queued = 1000
            job.timingsUs.load = 200
            job.timingsUs.execute = 30
            job.timingsUs.commit = 4
            var counters = JobCounters()
            counters.readFaults = 1
            counters.writeFaults = 2
            counters.writeAfterReadFaults = 3
            counters.pagesLoaded = 4
            counters.pagesPrefetched = 5
            counters.pagesWasted = 6
            counters.pagesWritten = 7
            job.counters = counters
        }
        let json = try await service.get("/v1/stats").json
        #expect(json["windows"]?.names == ["1m", "5m", "1h"])
        for name in ["1m", "5m", "1h"] {
            let window = try #require(json["windows"]?[name])
            #expect(window["seconds"] == 4)
            #expect(window["jobs"]?["total"] == 1)
            #expect(window["jobs"]?["per_second"] == .number(.float(0.25)))
            #expect(window["jobs"]?["outcomes"]?["success"] == 1)
            #expect(window["gas_burned"] == 100)
            #expect(window["gas_by_cost"]?["signal_read"] == 2)
            #expect(window["gas_by_cost"]?["load_page_data"] == 21)
            #expect(window["gas_by_cost"]?["execution"] == 77)
            #expect(window["gas_by_cost"]?.names.count == 8)
            #expect(
                window["pages"] == [
                    "loaded": 4, "prefetched": 5, "wasted": 6, "written": 7,
                    "faults": ["read": 1, "write": 2, "write_after_read": 3],
                ])
            #expect(window["latency_ms"]?["max"] == .number(.float(1.234)))
            #expect(window["programs"] == [["program": "p", "jobs": 1, "gas_burned": 100]])
            #expect(window["other_programs"] == ["jobs": 0, "gas_burned": 0])
        }
    }

    @Test("every way to end has its own count, and all of them are told")
    func outcomes() async throws {
        let endings = JobTally.endings
        #expect(Set(endings).count == 10)
        for (place, ending) in endings.enumerated() {
            for _ in 0...place {
                observe("p") { job in
                    job.outcome = JobOutcome(rawValue: ending)
                    job.state = JobState(rawValue: ending) ?? .finished
                }
            }
        }
        let outcomes = try #require(try await window("1m")?["jobs"]?["outcomes"])
        #expect(outcomes.names.count == endings.count)
        for (place, ending) in endings.enumerated() {
            #expect(outcomes[ending] == .number(.integer(Int64(place + 1))), "\(ending)")
        }
    }

    @Test("without a job there is no latency, and no number that is none")
    func empty() async throws {
        let window = try #require(try await window("1m"))
        #expect(window["latency_ms"] == .null)
        #expect(window["jobs"]?["per_second"] == 0)
        #expect(window["programs"] == [])
    }

    @Test("windows move on with time: a job leaves each when it is older than that, and soon after")
    func windows() async throws {
        clock.advance(5)
        observe("p")
        var left: [String: Int] = [:]
        for second in stride(from: 5, to: 5000, by: 5) {
            let windows = try await service.get("/v1/stats").json["windows"]
            for name in ["1m", "5m", "1h"] where left[name] == nil {
                let window = try #require(windows?[name])
                guard window["jobs"]?["total"] == 0 else { continue }
                left[name] = second - 5
                #expect(window["programs"] == [] && window["gas_burned"] == 0)
            }
            clock.advance(5)
        }
        for (name, seconds) in ["1m": 60, "5m": 300, "1h": 3600] {
            let age = try #require(left[name])
            #expect((seconds...(seconds + seconds / 6)).contains(age), "\(name): \(age)")
        }
    }

    @Test("a window's seconds are those that it holds, from the service's start on", arguments: [0, 7, 59, 60, 666])
    func seconds(uptime: Int) async throws {
        clock.advance(uptime)
        let held = uptime < 70 ? uptime : 60 + uptime % 10
        #expect(try await window("1m")?["seconds"] == .number(.integer(Int64(held))))
        #expect(try await window("1h")?["seconds"] == .number(.integer(Int64(uptime))))
    }

    @Test("the programs with most jobs come first, and the others are told together")
    func programs() async throws {
        for number in (1...15).shuffled() {
            for _ in 0..<number {
                observe("p\(number)") { $0.gas = Gas(limit: 100, left: 90, pages: $0.gas.pages) }
            }
        }
        let window = try #require(try await window("5m"))
        #expect(
            window["programs"]
                == .array(
                    (6...15).reversed().map {
                        [
                            "program": .string("p\($0)"), "jobs": .number(.integer($0)),
                            "gas_burned": .number(.integer($0 * 10)),
                        ]
                    }))
        #expect(window["other_programs"] == ["jobs": 15, "gas_burned": 150])
    }

    @Test("of one program there are its jobs alone, and its pages by how many jobs touched them")
    func program() async throws {
        for id in ["p", "q", "idle"] { #expect(try await service.upload(id).status == 201) }
        observe("q")
        for pages in [[4, 9], [4, 5, 9], [4]] as [[PageNumber]] {
            observe("p") { job in
                job.accessedPages = pages
                job.writeAccessedPages = pages.filter { $0 == 9 }.map { WrittenPage(page: $0) }
            }
        }
        let json = try await service.get("/v1/stats?program=p").json
        #expect(json["program"] == "p")
        #expect(json["windows"]?["1h"]?["jobs"]?["total"] == 3)
        #expect(json["windows"]?["1h"]?["programs"] == [["program": "p", "jobs": 3, "gas_burned": 0]])
        #expect(
            json["hottest_pages"] == [
                ["page": 4, "accesses": 3, "writes": 0], ["page": 9, "accesses": 2, "writes": 2],
                ["page": 5, "accesses": 1, "writes": 0],
            ])
        let idle = try await service.get("/v1/stats?program=idle").json
        #expect(idle["windows"]?["1h"]?["jobs"]?["total"] == 0 && idle["hottest_pages"] == [])
        #expect(try await service.get("/v1/stats").json["hottest_pages"] == nil)
        clock.advance(3600)
        #expect(try await service.get("/v1/stats?program=p").json["hottest_pages"] == [])
    }

    @Test("a parameter that is none is refused", arguments: ["program=no%20id", "program=", "window=1m"])
    func query(query: String) async throws {
        #expect(try await service.get("/v1/stats?\(query)").status == 422)
    }

    @Test("the moment's queue and workers are told with them")
    func state() async throws {
        service.scheduler.state.withLock {
            $0.statistics.queued = 4
            $0.statistics.oldestWaitSeconds = 1.5
            $0.statistics.workersBusy = 3
        }
        let json = try await service.get("/v1/stats").json
        #expect(json["queue"] == ["waiting": 4, "oldest_seconds": .number(.float(1.5))])
        #expect(json["workers"] == ["idle": 2, "busy": 3, "starting": 0])
        #expect(json["at"]?.string.flatMap(Timestamp.init(rfc3339:)) != nil)
    }
}
