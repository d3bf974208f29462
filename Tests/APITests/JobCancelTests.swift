import Testing
import WorkerProtocol

@testable import API

@Suite("Cancelling jobs")
struct JobCancelTests {
    @Test("a job that waits or runs is cancelled, and answered as it is then", arguments: [JobState.queued, .running])
    func active(state: JobState) async throws {
        let service = try await Service()
        var job = Job(.sample())
        job.state = state
        service.scheduler.change(job)
        let answer = try await service.call("DELETE", "/v1/jobs/\(job.id)")
        #expect(answer.status == 200)
        #expect(try answer.json["id"]?.string == job.id)
        #expect(try answer.json["state"] == "cancelled")
        #expect(try await service.get("/v1/jobs/\(job.id)").json["state"] == "cancelled")
    }

    @Test("a job that has ended stays as it is", arguments: [JobState.finished, .failed, .cancelled])
    func ended(state: JobState) async throws {
        let service = try await Service()
        var job = Job.success(.sample())
        job.state = state
        try await service.store(job)
        let answer = try await service.call("DELETE", "/v1/jobs/\(job.id)")
        #expect(try answer.problem() == Problem(409, "job_ended"))
        #expect(try answer.json["job"]?.string == job.id)
        #expect(try await service.get("/v1/jobs/\(job.id)").json["state"]?.string == state.rawValue)
    }

    @Test("a job that is not there is 404", arguments: ["not-a-uuid", "0193e5a0-0000-7000-8000-000000000000"])
    func unknown(id: String) async throws {
        let answer = try await Service().call("DELETE", "/v1/jobs/\(id)")
        #expect(try answer.problem() == Problem(404, "job_not_found"))
    }
}
