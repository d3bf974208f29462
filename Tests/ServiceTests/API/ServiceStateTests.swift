import Testing

extension ServiceSuites {
    @Suite("How the service stands")
    struct ServiceStateTests {
        @Test("health, readiness, metrics, the contract and the page for a person answer")
        func documents() async throws {
            try await withService(on: .sqlite) { service in
                let isReady = try await eventually { try await service.client.get("/readyz").status == 200 }
                #expect(isReady)
                for (path, type) in [
                    ("/healthz", "application/json"), ("/readyz", "application/json"), ("/metrics", "text/plain"),
                    ("/openapi.yaml", "application/yaml"), ("/", "text/html"),
                ] {
                    let answer = try await service.client.get(path)
                    #expect(answer.status == 200)
                    #expect(answer.header("Content-Type")?.hasPrefix(type) == true, "\(path)")
                    #expect(!answer.body.isEmpty)
                }
            }
        }

        @Test("the service tells its storage, page sizes, costs and workers", arguments: StorageKind.allCases)
        func info(kind: StorageKind) async throws {
            try await withService(on: kind, workers: 3) { service in
                let isWhole = try await eventually { try await service.isIdle(workers: 3) }
                #expect(isWhole)
                let info = try await service.info()
                #expect(info.storage == kind.rawValue)
                #expect(info.pageSize == 16_384 && info.wasmPageSize == 65_536)
                #expect(info.costs.count == 7 && info.costs.values.allSatisfy { $0 > 0 })
                #expect(info.queued == 0)
                #expect(try service.workers().count == 3)
            }
        }
    }
}
