import Testing

extension ServiceSuites {
    @Suite("Gas")
    struct GasTests {
        @Test("each page is charged once, for its first touch and for what is stored", arguments: StorageKind.allCases)
        func charges(kind: StorageKind) async throws {
            try await withService(on: kind) { service in
                let program = try await service.client.upload("bank")
                let gas = try await service.gas()
                let written = try await service.client.run(program, "put", 9, 1)
                try gas.expect(written, ["signal_write": 1])
                let again = try await service.client.run(program, "put", 9, 2)
                try gas.expect(again, ["signal_write": 1, "load_page_data": 1])
                let changed = try await service.client.run(program, "deposit", 9, 1)
                try gas.expect(changed, ["signal_read": 1, "signal_write_after_read": 1, "load_page_data": 1])
                let read = try await service.client.run(program, "visit", 8, 3)
                try gas.expect(
                    read, own: CounterProgram.ownGas + 3 * CounterProgram.visitGas,
                    ["signal_read": 3, "load_page_data": 1])
                let filled = try await service.client.run(program, "fill", 9, 2, 1)
                try gas.expect(filled, ["signal_write": 2, "load_page_data": 1])
            }
        }

        @Test("a job with exactly the gas it needs succeeds, and with one unit less keeps nothing")
        func exactLimit() async throws {
            try await withService(on: .sqlite) { service in
                let program = try await service.client.upload("bank")
                let costs = try await service.gas().costs
                let put = CounterProgram.ownGas + (try #require(costs["signal_write"]))

                let short = try await service.client.run(program, "put", 9, 1, gas: put - 1)
                #expect(short.outcome == "gas_limit_exceeded" && short.status == "gas_limit_exceeded")
                #expect(short.state == "finished" && !short.committed && short.programVersion == 0)
                #expect(short.gas?.left == 0 && short.gas?.burned == put - 1)
                #expect(short.error?.code == "gas_limit_exceeded")
                #expect(try await service.client.program(program).storedPages == 0)

                let enough = try await service.client.run(program, "put", 9, 1, gas: put)
                #expect(enough.outcome == "success" && enough.gas?.left == 0 && enough.programVersion == 1)
            }
        }

        @Test("gas that runs out on the way ends the job there", arguments: StorageKind.allCases)
        func exhaustion(kind: StorageKind) async throws {
            try await withService(on: kind) { service in
                let program = try await service.client.upload("bank")
                let costs = try await service.gas().costs
                let page = CounterProgram.visitGas + (try #require(costs["signal_read"]))
                // Enough for three pages, and for the step to a fourth one that cannot be paid.
                let limit = CounterProgram.ownGas + 4 * page - 1
                let job = try await service.client.run(program, "visit", 8, 100, gas: limit)
                #expect(job.outcome == "gas_limit_exceeded")
                #expect(job.gas?.left == 0)
                #expect(job.gas?.pages["signal_read"] == 3)
                #expect(job.accessedPages == [8, 9, 10])
            }
        }

        @Test("a program that meters itself runs out between two pages as well")
        func ownGas() async throws {
            try await withService(on: .sqlite) { service in
                let program = try await service.client.upload("bank")
                let none = try await service.client.run(program, "visit", 8, 1, gas: CounterProgram.ownGas - 1)
                #expect(none.outcome == "gas_limit_exceeded" && none.accessedPages == [])
                #expect(none.gas?.left == 0)
            }
        }
    }
}
