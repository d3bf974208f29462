import Testing

extension ServiceSuites {
    @Suite("Pages from outside")
    struct StoredPageTests {
        @Test("a page that is put is what the program finds", arguments: StorageKind.allCases)
        func put(kind: StorageKind) async throws {
            try await withService(on: kind) { service in
                let program = try await service.client.upload("bank")
                let bytes = (0..<16_384).map { UInt8($0 % 251) }
                let answer = try await service.client.request(
                    "PUT", "/v1/programs/\(program)/pages/10", type: "application/octet-stream", body: bytes)
                #expect(answer.status == 204)
                #expect(try await service.client.run(program, "byte", 10, 300).results == [300 % 251])
                #expect(try await service.client.page(10, of: program) == bytes)

                _ = try await service.client.run(program, "put", 12, 1)
                let listed: PageListDocument = try await service.client.get("/v1/programs/\(program)/pages")
                #expect(listed.pageSize == 16_384 && listed.version == 2)
                #expect(
                    listed.pages == [
                        PageListDocument.Page(page: 10, version: 1), PageListDocument.Page(page: 12, version: 2),
                    ])
            }
        }

        @Test("a page of zeros is stored like any other", arguments: StorageKind.allCases)
        func zeros(kind: StorageKind) async throws {
            try await withService(on: kind) { service in
                let program = try await service.client.upload("bank")
                let gas = try await service.gas()
                _ = try await service.client.run(program, "put", 7, 0)
                _ = try await service.client.request(
                    "PUT", "/v1/programs/\(program)/pages/7", type: "application/octet-stream",
                    body: [UInt8](repeating: 0, count: 16_384))
                let job = try await service.client.run(program, "byte", 7, 9)
                #expect(job.results == [0] && job.loadedPages == 1)
                try gas.expect(job, ["signal_read": 1, "load_page_data": 1])
            }
        }

        @Test("a page of the wrong length, or outside the program's maximum, is refused")
        func refused() async throws {
            try await withService(on: .sqlite) { service in
                let program = try await service.client.upload("bank")
                let put = { (page: String, size: Int) in
                    try await service.client.request(
                        "PUT", "/v1/programs/\(program)/pages/\(page)", type: "application/octet-stream",
                        body: [UInt8](repeating: 1, count: size))
                }
                try await put("10", 16_383).expectProblem(422, "page_size_wrong")
                try await put("10", 0).expectProblem(422, "page_size_wrong")
                #expect([413, 422].contains(try await put("10", 16_385).status))
                try await put("256", 16_384).expectProblem(422, "page_out_of_range")
                #expect(try await put("255", 16_384).status == 204)
                try await service.client.get("/v1/programs/\(program)/pages/10").expectProblem(404, "page_not_stored")
                #expect(try await service.client.program(program).version == 1)
            }
        }
    }
}
