import HTTPServer
import PageStorage
import Testing

@testable import API

@Suite("When the storage does not answer")
struct StorageProblemTests {
    @Test(
        "every route that needs it says storage_unavailable, and not why",
        arguments: [
            ("GET", "/v1/programs"), ("GET", "/v1/programs/one"), ("DELETE", "/v1/programs/one"),
            ("GET", "/v1/programs/one/pages"), ("GET", "/v1/programs/one/pages/4"), ("GET", "/v1/jobs"),
            ("GET", "/v1/jobs/0193e5a0-0000-7000-8000-000000000000"), ("GET", "/readyz"),
        ])
    func unavailable(method: String, path: String) async throws {
        let answer = try await Service.withoutStorage().call(method, path)
        #expect(try answer.problem() == Problem(503, "storage_unavailable"))
        #expect(answer.headers["Retry-After"] != nil)
        #expect(!answer.text.contains("missing/folder"))
    }

    @Test("uploads and jobs say so too")
    func posts() async throws {
        let service = try Service.withoutStorage()
        #expect(try await service.upload("one").problem() == Problem(503, "storage_unavailable"))
        let job = try await service.post("/v1/jobs", json: ["program": "one"])
        #expect(try job.problem() == Problem(503, "storage_unavailable"))
        #expect(service.scheduler.requests.isEmpty)
    }

    @Test(
        "each storage error has its problem, without its own words",
        arguments: [
            (.unavailable("secret"), 503, "storage_unavailable"), (.full("secret"), 503, "storage_unavailable"),
            (.programExists, 409, "program_exists"), (.newerSchema(found: 2, known: 1), 500, "internal_error"),
            (.invalidLocation("secret"), 500, "internal_error"), (.failed("secret"), 500, "internal_error"),
        ] as [(StorageError, Int, String)])
    func mapping(error: StorageError, status: Int, code: String) {
        let problem = HTTPError(error)
        #expect(problem.status == status)
        #expect(problem.code == code)
        #expect(!problem.detail.contains("secret"))
        #expect((problem.headers["Retry-After"] != nil) == (status == 503))
    }
}
