import Foundation
import Testing

extension ServiceSuites {
    @Suite("The example key-value store")
    struct KeyValueTests {
        @Test("does what a dictionary does, dry runs apart", arguments: StorageKind.allCases)
        func model(kind: StorageKind) async throws {
            try await withExamples(on: kind) { service, examples in
                let store = KeyValueStore(program: try await examples.upload("kv", to: service))
                var generator = SeededGenerator(seed: 1)
                var model: [String: [UInt8]] = [:]
                for number in 0..<600 {
                    let key = "key \(Int.random(in: 0..<500, using: &generator))"
                    let isDry = number % 5 == 0
                    switch Int.random(in: 0..<(number < 400 ? 6 : 3), using: &generator) {
                    case 0:
                        #expect(try await store.get(key) == model[key])
                    case 1:
                        #expect(try await store.delete(key, commit: !isDry) == (model[key] != nil))
                        if !isDry { model[key] = nil }
                    default:
                        let value = Self.value(number, using: &generator)
                        #expect(try await store.put(key, value, commit: !isDry) == (model[key] != nil))
                        if !isDry { model[key] = value }
                    }
                    if number == 300 {
                        // The table began with 64 buckets, and has grown by as many more than once.
                        #expect(model.count > 128)
                        try await service.stop()
                        try await service.start()
                    }
                }
                #expect(try await store.count() == UInt32(model.count))
                for (key, value) in model { #expect(try await store.get(key) == value) }
            }
        }

        /// Of any size: most are small, some take pages of their own.
        private static func value(_ number: Int, using generator: inout SeededGenerator) -> [UInt8] {
            let size = Int.random(in: 0..<(number % 50 == 1 ? 100_000 : 300), using: &generator)
            return (0..<size).map { _ in .random(in: 0...255, using: &generator) }
        }

        @Test("the same job from the same state burns the same gas, on every storage")
        func gas() async throws {
            var reports: [[JobDocument.Gas?]] = []
            for kind in StorageKind.allCases {
                try await withExamples(on: kind) { service, examples in
                    let store = KeyValueStore(program: try await examples.upload("kv", to: service))
                    var gas: [JobDocument.Gas?] = []
                    for number in 0..<20 {
                        let command = KeyValueStore.put("key \(number)", [UInt8](repeating: 1, count: number * 100))
                        let dry = try await store.program.run(command, commit: false)
                        let real = try await store.program.run(command)
                        #expect(dry.gas == real.gas && dry.accessedPages == real.accessedPages)
                        gas.append(real.gas)
                    }
                    reports.append(gas)
                }
            }
            #expect(reports[0] == reports[1] && !reports[0].contains(nil))
        }

        @Test(
            "a large value that is deleted gives its pages back, and the next one takes them",
            arguments: StorageKind.allCases)
        func pages(kind: StorageKind) async throws {
            try await withExamples(on: kind) { service, examples in
                let store = KeyValueStore(program: try await examples.upload("kv", to: service))
                _ = try await store.put("small", [1], commit: true)
                let before = try await service.client.program("kv")
                var sizes: [Int] = []
                for byte: UInt8 in [2, 3] {
                    let value = [UInt8](repeating: byte, count: 200_000)
                    #expect(try await store.put("large", value, commit: true) == false)
                    #expect(try await store.get("large") == value)
                    let program = try await service.client.program("kv")
                    // 200,000 bytes and what stands before them, in pages of 16 KiB.
                    #expect(program.storedPages == before.storedPages + 13)
                    sizes.append(program.memory.size)
                    #expect(try await store.delete("large", commit: true))
                    #expect(try await service.client.program("kv").storedPages == before.storedPages)
                }
                #expect(sizes == [before.memory.size + 4, before.memory.size + 4])
                #expect(try await store.get("small") == [1])
            }
        }

        @Test("a command that it does not understand panics and says why")
        func refusals() async throws {
            try await withExamples(on: .sqlite) { service, examples in
                let program = try await examples.upload("kv", to: service)
                try await program.expectPanic([], "the payload is empty")
                try await program.expectPanic([9], "unknown command")
                try await program.expectPanic([2], "a key must have 1 to 255 bytes")
                try await program.expectPanic([1, 0], "a key must have 1 to 255 bytes")
                try await program.expectPanic(
                    [2] + [UInt8](repeating: 65, count: 256), "a key must have 1 to 255 bytes")
                try await program.expectPanic([1, 4, 65], "the payload is too short")
            }
        }
    }
}

/// The commands of the program, and what its replies mean.
private struct KeyValueStore {
    let program: ExampleProgram

    static func put(_ key: String, _ value: [UInt8]) -> [UInt8] { [1, UInt8(key.utf8.count)] + key.utf8 + value }

    /// Whether there was a value before.
    func put(_ key: String, _ value: [UInt8], commit: Bool) async throws -> Bool {
        try flag(await program.reply(to: Self.put(key, value), commit: commit))
    }

    func get(_ key: String) async throws -> [UInt8]? {
        let reply = try #require(try await program.reply(to: [2] + key.utf8))
        guard reply.first == 1 else {
            #expect(reply == [0])
            return nil
        }
        return Array(reply.dropFirst())
    }

    /// Whether there was a value.
    func delete(_ key: String, commit: Bool) async throws -> Bool {
        try flag(await program.reply(to: [3] + key.utf8, commit: commit))
    }

    func count() async throws -> UInt32 {
        var reader = NumberReader(try #require(try await program.reply(to: [4])))
        return try reader.next()
    }

    private func flag(_ reply: [UInt8]?) throws -> Bool {
        try #require(reply == [0] || reply == [1])
        return reply == [1]
    }
}
