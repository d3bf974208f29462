import Testing

extension ServiceSuites {
    @Suite("The example counter")
    struct CounterTests {
        @Test("counts on from job to job, and after the service was started anew", arguments: StorageKind.allCases)
        func counting(kind: StorageKind) async throws {
            try await withExamples(on: kind) { service, examples in
                let counter = try await examples.upload("counter", to: service)
                #expect(try await counter.reply(to: UInt64(10).littleEndianBytes, entry: "init") == nil)
                #expect(try await counter.reply(to: UInt64(5).littleEndianBytes) == UInt64(15).littleEndianBytes)
                try await service.stop()
                try await service.start()
                #expect(try await counter.reply(to: UInt64(7).littleEndianBytes) == UInt64(22).littleEndianBytes)
                #expect(try await counter.reply(to: [], entry: "state") == UInt64(22).littleEndianBytes)
            }
        }

        @Test("a dry run answers the sum and leaves the counter alone")
        func dryRun() async throws {
            try await withExamples(on: .sqlite) { service, examples in
                let counter = try await examples.upload("counter", to: service)
                for _ in 0..<2 {
                    let sum = try await counter.reply(to: UInt64(5).littleEndianBytes, commit: false)
                    #expect(sum == UInt64(5).littleEndianBytes)
                }
                #expect(try await service.client.program("counter").storedPages == 0)
            }
        }

        @Test("the program that README.md shows does what is said there")
        func readme() async throws {
            try await withExamples(on: .sqlite, sources: ["visits": ExamplePrograms.readme]) { service, examples in
                let visits = try await examples.upload("visits", to: service)
                for count: UInt64 in 1...3 {
                    #expect(try await visits.reply(to: []) == count.littleEndianBytes)
                }
            }
        }

        @Test("input that it cannot use panics and says why")
        func refusals() async throws {
            try await withExamples(on: .sqlite) { service, examples in
                let counter = try await examples.upload("counter", to: service)
                _ = try await counter.reply(to: UInt64.max.littleEndianBytes, entry: "init")
                try await counter.expectPanic([1, 2, 3], "the payload must be a number of 8 bytes")
                try await counter.expectPanic(UInt64(1).littleEndianBytes, "the counter would overflow")
                #expect(try await counter.reply(to: [], entry: "state") == UInt64.max.littleEndianBytes)
            }
        }
    }
}
