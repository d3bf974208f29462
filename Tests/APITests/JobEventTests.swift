import HTTPServer
import Testing
import WorkerProtocol

@testable import API

@Suite("Events of one job", .timeLimit(.minutes(2)))
struct JobEventTests {
    private func service(keepAlive: Duration = .seconds(15)) async throws -> (Service, JobRequest) {
        var events = APIConfiguration.Events()
        events.keepAlive = keepAlive
        let service = try await Service(events: events)
        try await service.upload("one")
        service.scheduler.state.withLock { $0.holdsJobs = true }
        _ = try await service.post("/v1/jobs", json: ["program": "one"], headers: ["Prefer": "respond-async"])
        return (service, try #require(service.scheduler.requests.first))
    }

    private func running(_ request: JobRequest) -> Job {
        var job = Job(request)
        job.state = .running
        return job
    }

    @Test("the job is told as it is, at every change of its state, and the stream ends with it")
    func states() async throws {
        let (service, request) = try await service()
        var events = try await EventReader(service, "/v1/jobs/\(request.id)/events")
        #expect(events.response.status == 200)
        #expect(events.response.headers["Content-Type"] == "text/event-stream")
        #expect(events.response.headers["Cache-Control"] == "no-store")
        let queued = try #require(try await events.next())
        #expect(queued.id == "queued" && queued.job["state"] == "queued" && queued.job["id"]?.string == request.id)
        #expect(events.retry == "2000")
        service.scheduler.change(running(request))
        #expect(try await events.next()?.id == "running")
        service.scheduler.finish(.success(request))
        let finished = try #require(try await events.next())
        #expect(finished.id == "finished")
        #expect(finished.job["write_accessed_pages"] == [["page": 8]])
        #expect(try await events.next() == nil)
    }

    @Test("who comes back is told what is new, and nothing once the end was told")
    func comesBack() async throws {
        let (service, request) = try await service()
        let target = "/v1/jobs/\(request.id)/events"
        service.scheduler.change(running(request))
        var events = try await EventReader(service, target, lastEventID: "queued")
        #expect(try await events.next()?.id == "running")
        var later = try await EventReader(service, target, lastEventID: "running")
        service.scheduler.finish(.success(request))
        #expect(try await later.next()?.id == "finished")
        let over = await service.respond("GET", target, headers: ["Last-Event-ID": "finished"])
        #expect(over.status == 204)
    }

    @Test("a stream that has nothing to tell says that it is there")
    func keepAlive() async throws {
        let (service, request) = try await service(keepAlive: .milliseconds(5))
        var events = try await EventReader(service, "/v1/jobs/\(request.id)/events")
        #expect(try await events.next()?.id == "queued")
        #expect(try await events.nextComment()?.hasPrefix(":") == true)
    }

    @Test("when the service ends its streams end, and none begins")
    func shutDown() async throws {
        let (service, request) = try await service()
        let target = "/v1/jobs/\(request.id)/events"
        var events = try await EventReader(service, target)
        #expect(try await events.next()?.id == "queued")
        service.api.shutDown()
        #expect(try await events.next() == nil)
        #expect(try await service.get(target).problem() == Problem(503, "shutting_down"))
    }

    @Test("when the client is gone nobody follows the job any more")
    func clientGone() async throws {
        let (service, request) = try await service()
        do {
            var events = try await EventReader(service, "/v1/jobs/\(request.id)/events")
            _ = try await events.next()
            #expect(service.api.eventStreams.count == 1)
        }
        _ = try await eventually { service.api.eventStreams.count == 0 ? true : nil }
    }

    @Test("a job that is not there has no events", arguments: ["x", "0193e5a0-0000-7000-8000-000000000000"])
    func unknown(id: String) async throws {
        let (service, _) = try await service()
        #expect(try await service.get("/v1/jobs/\(id)/events").problem() == Problem(404, "job_not_found"))
    }

    @Test("an id that no event has is refused", arguments: ["ended", "0", "queued,running"])
    func wrongID(id: String) async throws {
        let (service, request) = try await service()
        let answer = try await service.call(
            "GET", "/v1/jobs/\(request.id)/events", headers: ["Last-Event-ID": id])
        #expect(try answer.problem() == Problem(422, "invalid_request"))
        #expect(try answer.pointers == ["Last-Event-ID"])
    }
}
