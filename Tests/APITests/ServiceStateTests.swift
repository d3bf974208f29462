import Testing

@testable import API

@Suite("The state of the service")
struct ServiceStateTests {
    @Test("the process answers even without its storage")
    func health() async throws {
        #expect(try await Service.withoutStorage().get("/healthz").json == ["status": "alive"])
    }

    @Test("ready is when the storage answers and a worker stands", arguments: [(1, 0), (0, 1)])
    func ready(idle: Int, busy: Int) async throws {
        let service = try await Service()
        service.scheduler.state.withLock {
            $0.statistics.workersIdle = idle
            $0.statistics.workersBusy = busy
        }
        let answer = try await service.get("/readyz")
        #expect(answer.status == 200)
        #expect(try answer.json == ["status": "ready"])
    }

    @Test("without a worker the service is not ready, and says so")
    func noWorkers() async throws {
        let service = try await Service()
        service.scheduler.state.withLock {
            $0.statistics.workersIdle = 0
            $0.statistics.workersStarting = 2
        }
        let answer = try await service.get("/readyz")
        #expect(try answer.problem() == Problem(503, "workers_unavailable"))
        #expect(answer.headers["Retry-After"] == "1")
    }

    @Test("the info names costs, sizes, limits and how the service stands")
    func info() async throws {
        let service = try await Service()
        service.scheduler.state.withLock { $0.statistics.queued = 3 }
        let json = try await service.get("/v1/info").json
        #expect(json["version"] == "1.2.3")
        #expect(json["storage"] == "sqlite")
        #expect(json["page_size"] == 16384)
        #expect(json["weights_version"] == 3)
        #expect(json["wasm_page_size"] == 65536)
        #expect(
            json["costs"] == [
                "signal_read": 1, "signal_write": 2, "signal_write_after_read": 3, "host_func_read": 4,
                "host_func_write": 5, "host_func_write_after_read": 6, "load_page_data": 7,
            ])
        #expect(
            json["limits"] == [
                "module_bytes": 16_777_216, "memory_pages": 8192, "payload_bytes": 1_048_576,
                "gas": 9_007_199_254_740_991, "default_gas": 1_000_000_000, "timeout_ms": 600_000,
                "default_timeout_ms": 10_000, "waiting_jobs": 100_000, "waiting_jobs_per_program": 10_000,
                "batch_jobs": 1000,
                "poll_seconds": 60,
            ])
        #expect(json["workers"] == ["idle": 2, "busy": 0, "starting": 0])
        #expect(json["queued"] == 3)
        #expect(json["other_servers"] == 0)
    }

    @Test("no such path is 404, no such method 405 with those that there are")
    func noSuchRoute() async throws {
        let service = try await Service()
        #expect(try await service.get("/none/such").problem() == Problem(404, "not_found"))
        let answer = try await service.call("DELETE", "/v1/jobs")
        #expect(try answer.problem() == Problem(405, "method_not_allowed"))
        #expect(answer.headers["Allow"]?.contains("POST") == true)
    }
}
