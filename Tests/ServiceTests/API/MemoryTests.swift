import Foundation
import Testing

extension ServiceSuites {
    @Suite("Memory that persists")
    struct MemoryTests {
        @Test("what a job writes, the next one finds, also after a restart", arguments: StorageKind.allCases)
        func persistence(kind: StorageKind) async throws {
            try await withService(on: kind) { service in
                let program = try await service.client.upload("bank")
                let first = try await service.client.run(program, "deposit", 8, 5)
                #expect(first.outcome == "success" && first.status == "normal" && first.state == "finished")
                #expect(first.results == [5])
                #expect(first.accessedPages == [8] && first.writtenPages == [8] && first.loadedPages == 0)
                #expect(first.committed && first.programVersion == 1)

                try await service.stop()
                try await service.start()

                let second = try await service.client.run(program, "deposit", 8, -7)
                #expect(second.results == [-2])
                #expect(second.loadedPages == 1 && second.programVersion == 2)
                let data = try #require(second.writeAccessedPages.first?.data)
                #expect(data.count == 16_384)
                #expect(data.prefix(9).elementsEqual([0xfe] + [UInt8](repeating: 0xff, count: 7) + [0]))
                #expect(try await service.client.page(8, of: program) == Array(data))
            }
        }

        @Test("a dry run sees the memory and leaves it as it was", arguments: StorageKind.allCases)
        func dryRun(kind: StorageKind) async throws {
            try await withService(on: kind) { service in
                let program = try await service.client.upload("bank")
                _ = try await service.client.run(program, "deposit", 8, 5)
                let dry = try await service.client.run(program, "deposit", 8, 5, commit: false)
                #expect(dry.results == [10])
                #expect(dry.writeAccessedPages.first?.data?.first == 10)
                #expect(!dry.committed && dry.programVersion == 1)
                #expect(try await service.client.run(program, "visit", 8, 1).results == [5])
                #expect(try await service.client.program(program).version == 1)
            }
        }

        @Test("page data is left out where the job asks for numbers")
        func pageNumbers() async throws {
            try await withService(on: .sqlite) { service in
                let program = try await service.client.upload("bank")
                let job = try await service.client.run(program, "twin", 1, pages: "numbers")
                #expect(job.writeAccessedPages == CounterProgram.twins.map { JobDocument.WrittenPage(page: $0) })
            }
        }

        @Test("a job that only reads stores no page and makes no version", arguments: StorageKind.allCases)
        func reading(kind: StorageKind) async throws {
            try await withService(on: kind) { service in
                let program = try await service.client.upload("bank")
                let job = try await service.client.run(program, "visit", 8, 3)
                #expect(job.results == [0])
                #expect(job.accessedPages == [8, 9, 10] && job.writtenPages == [])
                #expect(job.committed && job.programVersion == 0)
                #expect(try await service.client.program(program).storedPages == 0)
            }
        }

        @Test("the stack is neither charged nor reported nor kept")
        func stack() async throws {
            try await withService(on: .sqlite) { service in
                let program = try await service.client.upload("bank")
                let gas = try await service.gas()
                for _ in 0..<2 {
                    let job = try await service.client.run(program, "deposit", 3, 1)
                    #expect(job.results == [1])
                    #expect(job.accessedPages == [] && job.writtenPages == [])
                    try gas.expect(job, [:])
                }
            }
        }

        @Test("a page holds the module's own data until it is stored", arguments: StorageKind.allCases)
        func dataSegments(kind: StorageKind) async throws {
            try await withService(on: kind) { service in
                let program = try await service.client.upload("bank")
                let text = Array(CounterProgram.initialText.utf8)
                #expect(try await service.client.run(program, "byte", 7, 9).results == [Int(text[9])])
                _ = try await service.client.run(program, "put", 7, 0)
                let stored = try await service.client.page(7, of: program)
                #expect(stored.starts(with: [UInt8](repeating: 0, count: 8) + text[8...]))
                #expect(try await service.client.run(program, "byte", 7, 0).results == [0])
                #expect(try await service.client.run(program, "byte", 7, 9).results == [Int(text[9])])
            }
        }

        @Test("a store across the border of two pages touches and keeps both", arguments: StorageKind.allCases)
        func straddling(kind: StorageKind) async throws {
            try await withService(on: kind) { service in
                let program = try await service.client.upload("bank")
                let gas = try await service.gas()
                let first = try await service.client.run(program, "seam", 20)
                #expect(first.writtenPages == [20, 21])
                try gas.expect(first, ["signal_write": 2])
                let second = try await service.client.run(program, "seam", 20)
                try gas.expect(second, ["signal_write": 2, "load_page_data": 2])
                #expect(try await service.client.page(20, of: program).suffix(4) == [0, 0x88, 0x77, 0x66])
                #expect(
                    try await service.client.page(21, of: program).prefix(6) == [0x55, 0x44, 0x33, 0x22, 0x11, 0])
                #expect(try await service.client.run(program, "byte", 20, 16_383).results == [0x66])
            }
        }

        @Test("grown memory is as lazy as any other, and stays", arguments: StorageKind.allCases)
        func growth(kind: StorageKind) async throws {
            try await withService(on: kind) { service in
                let program = try await service.client.upload("bank")
                let gas = try await service.gas()
                let grown = try await service.client.run(program, "extend", 5)
                #expect(grown.results == [20])
                #expect(grown.memory == JobDocument.Memory(size: 25, stackEnd: 1))
                #expect(grown.accessedPages == [] && grown.programVersion == 1)
                let touched = try await service.client.run(program, "deposit", 99, 3)
                try gas.expect(touched, ["signal_read": 1, "signal_write_after_read": 1])
                #expect(try await service.client.run(program, "visit", 99, 1).results == [3])
                #expect(try await service.client.run(program, "byte", 100, 0).outcome == "memory_out_of_bounds")
                #expect(try await service.client.run(program, "extend", 40).results == [-1])
                #expect(try await service.client.program(program).memory.size == 25)
            }
        }

        @Test("growth that is not committed is gone")
        func growthWithoutCommit() async throws {
            try await withService(on: .sqlite) { service in
                let program = try await service.client.upload("bank")
                let dry = try await service.client.run(program, "extend", 5, commit: false)
                #expect(dry.memory?.size == 25)
                #expect(try await service.client.run(program, "extend", 1).results == [20])
            }
        }
    }
}
