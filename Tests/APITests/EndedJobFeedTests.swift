import PageStorage
import Synchronization
import Testing
import WorkerProtocol

@testable import API

@Suite("Events of programs", .timeLimit(.minutes(2)))
struct EndedJobFeedTests {
    private func service(keepAlive: Duration = .seconds(15)) async throws -> Service {
        var events = APIConfiguration.Events()
        events.keepAlive = keepAlive
        events.interval = .milliseconds(2)
        return try await Service(events: events)
    }

    private func job(_ program: String = "one") -> Job { .success(.sample(program: program)) }

    @Test("jobs are told as they end, of all programs or of one")
    func live() async throws {
        let service = try await service()
        try await service.store(job())
        var all = try await EventReader(service, "/v1/events")
        var one = try await EventReader(service, "/v1/events?program=one")
        #expect(all.response.headers["Content-Type"] == "text/event-stream")
        _ = try await eventually { await service.api.endedJobs.subscriberCount == 2 ? true : nil }
        let jobs = [job("two"), job("one"), job("two")]
        for job in jobs { try await service.store(job) }
        for job in jobs {
            let event = try #require(try await all.next())
            #expect(event.job["id"]?.string == job.id)
            #expect(event.id.hasSuffix(job.id))
        }
        #expect(try await one.next()?.job["id"]?.string == jobs[1].id)
    }

    @Test("who comes back is told all that ended since")
    func catchUp() async throws {
        let service = try await service()
        let jobs = (0..<1200).map { job($0.isMultiple(of: 2) ? "one" : "two") }
        for job in jobs { try await service.store(job) }
        let first = jobs[0].id
        let mark = try #require(
            try await service.storage.withStorage { (storage) throws(StorageError) in
                try storage.endMark(of: first)
            })
        var events = try await EventReader(service, "/v1/events?program=one", lastEventID: mark.eventID)
        let wanted = jobs.filter { $0.program == "one" }.dropFirst()
        var seen: [String] = []
        for _ in wanted { seen.append(try #require(try await events.next()?.job["id"]?.string)) }
        #expect(seen == wanted.map(\.id))
        let next = job()
        try await service.store(next)
        #expect(try await events.next()?.job["id"]?.string == next.id)
    }

    @Test("a silent stream says that it is there")
    func keepAlive() async throws {
        let service = try await service(keepAlive: .milliseconds(5))
        var events = try await EventReader(service, "/v1/events")
        #expect(try await events.nextComment()?.hasPrefix(":") == true)
    }

    @Test("an id that no event has is refused", arguments: ["x", "1-2", "-1-0193e5a0-0000-7000-8000-000000000000"])
    func wrongID(id: String) async throws {
        let answer = try await service().call("GET", "/v1/events", headers: ["Last-Event-ID": id])
        #expect(try answer.problem() == Problem(422, "invalid_request"))
    }

    @Test("a program's name must be one")
    func wrongProgram() async throws {
        #expect(try await service().get("/v1/events?program=a%20b").problem() == Problem(422, "invalid_request"))
    }

    /// Ends that a test brings to light when it wants to.
    private final class Ends: Sendable {
        let seen = Mutex<[EndedJob]>([])
        let questions = Mutex(0)

        func add(_ job: Job, at time: Int64) {
            let end = EndedJob(mark: EndMark(endedAt: time, job: job.id), record: job.record)
            seen.withLock { $0 = ($0 + [end]).sorted { $0.mark < $1.mark } }
        }

        func feed(lateness: Duration) -> EndedJobFeed {
            var timing = APIConfiguration.Events()
            timing.interval = .milliseconds(1)
            timing.lateness = lateness
            return EndedJobFeed(
                timing: timing,
                read: { _, mark, limit in
                    self.questions.withLock { $0 += 1 }
                    return Array(self.seen.withLock { $0.filter { $0.mark > mark } }.prefix(limit))
                }, newest: { self.seen.withLock { $0.last?.mark } ?? EndMark(endedAt: 0, job: "") })
        }
    }

    private func follow(_ feed: EndedJobFeed) -> (Task<Void, any Error>, AsyncThrowingStream<[UInt8], any Error>) {
        let (pieces, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream(
            bufferingPolicy: .bufferingOldest(8))
        let sink = EventSink(continuation)
        let task = Task {
            defer { continuation.finish() }
            try await feed.follow(nil, after: nil, sink)
        }
        return (task, pieces)
    }

    @Test("an end that is seen later than its mark says is told, and told once")
    func lateEnd() async throws {
        let ends = Ends()
        ends.add(job(), at: 10_000)
        let (task, pieces) = follow(ends.feed(lateness: .milliseconds(200)))
        var told = pieces.map { String(decoding: $0, as: UTF8.self) }.makeAsyncIterator()
        _ = try await eventually { ends.questions.withLock { $0 } > 5 ? true : nil }
        let (late, onTime) = (job(), job())
        ends.add(onTime, at: 10_100)
        #expect(try await told.next()?.contains(onTime.id) == true)
        ends.add(late, at: 10_050)
        #expect(try await told.next()?.contains(late.id) == true)
        let last = job()
        ends.add(last, at: 10_500)
        #expect(try await told.next()?.contains(last.id) == true, "nothing was told twice")
        task.cancel()
    }

    @Test("the storage is asked only while somebody listens")
    func onlyForSubscribers() async throws {
        let ends = Ends()
        let feed = ends.feed(lateness: .seconds(1))
        let (task, _) = follow(feed)
        _ = try await eventually { ends.questions.withLock { $0 } > 5 ? true : nil }
        task.cancel()
        _ = try? await task.value
        // The reader ends with its next turn.
        try await Task.sleep(for: .milliseconds(200))
        let asked = ends.questions.withLock { $0 }
        try await Task.sleep(for: .milliseconds(50))
        #expect(ends.questions.withLock { $0 } == asked)
    }

    @Test("a client that does not read is left behind, and the others are not")
    func slowClient() async throws {
        let ends = Ends()
        let feed = ends.feed(lateness: .seconds(1))
        let (slow, _) = follow(feed)
        let (task, pieces) = follow(feed)
        _ = try await eventually { ends.questions.withLock { $0 } > 8 ? true : nil }
        var told = pieces.makeAsyncIterator()
        for number in 0..<20 {
            ends.add(job(), at: 10_000 + Int64(number))
            _ = try await told.next()
        }
        // It ends by itself.
        try await slow.value
        task.cancel()
    }
}
