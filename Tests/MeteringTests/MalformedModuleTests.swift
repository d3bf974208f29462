import Testing

@testable import Metering

@Suite struct MalformedModuleTests {
    typealias Reason = MeteringError.Reason

    private func expect(
        _ binary: [UInt8], _ reason: Reason, at offset: Int, _ location: SourceLocation = #_sourceLocation
    ) {
        for form in MeteringForm.allCases {
            #expect(throws: MeteringError(reason, at: offset), sourceLocation: location) {
                try meter(binary, form: form)
            }
        }
        // Never stricter than Wasmtime.
        #expect(Wasmtime.cranelift.refusal(of: binary) != nil, sourceLocation: location)
    }

    @Test("what is no module is refused")
    func header() {
        expect([], .notAModule, at: 0)
        expect(Array("(module)".utf8), .notAModule, at: 0)
        expect([0x00, 0x61, 0x73, 0x6D, 1, 0, 0], .notAModule, at: 0)
        expect([0x00, 0x61, 0x73, 0x6D, 0x0D, 0, 1, 0], .unsupportedVersion(0x1000D), at: 4)
    }

    @Test("sections in the wrong order, twice, too long, too short or unknown are refused")
    func sections() {
        let types: (UInt8, [UInt8]) = (1, [1, 0x60, 0, 0])
        expect(rawModule([(3, [0]), types]), .sectionOutOfOrder("type"), at: 11)
        expect(rawModule([types, types]), .duplicateSection("type"), at: 14)
        expect(rawModule([(11, [0]), (12, [0])]), .sectionOutOfOrder("data count"), at: 11)
        expect(rawModule([(14, [0])]), .unknownSection(14), at: 8)
        expect(rawModule([(13, [0])]), .unsupportedFeature("a tag section (exceptions)"), at: 8)
        expect(rawModule([(1, [0, 0])]), .trailingBytes("type section"), at: 11)
        expect(rawModule([(1, [2, 0x60, 0, 0])]), .unexpectedEnd, at: 14)
        expect(rawModule([types]).dropLast(), .unexpectedEnd, at: 13)
        expect(rawModule([]) + [1], .unexpectedEnd, at: 9)
    }

    @Test("LEB128 numbers that are too long or too large are refused")
    func integers() {
        func types(_ count: [UInt8]) -> [UInt8] { rawModule([(1, count)]) }
        #expect(throws: Never.self) { try Module(types([0x80, 0x80, 0x80, 0x80, 0x00])) }
        expect(types([0x80, 0x80, 0x80, 0x80, 0x80, 0x00]), .integerTooLong, at: 10)
        expect(types([0xFF, 0xFF, 0xFF, 0xFF, 0x1F]), .integerTooLarge, at: 10)
        expect(types([0x80]), .unexpectedEnd, at: 11)
        func global(_ code: [UInt8]) -> [UInt8] { rawModule([(6, [1, 0x7F, 0] + code + [0x0B])]) }
        #expect(throws: Never.self) { try Module(global([0x41, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F])) }
        #expect(throws: Never.self) { try Module(global([0x41, 0x80, 0x80, 0x80, 0x80, 0x78])) }
        expect(global([0x41, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]), .integerTooLarge, at: 14)
        expect(global([0x41, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]), .integerTooLong, at: 14)
        expect(global([0x42] + [UInt8](repeating: 0x80, count: 9) + [0x01]), .integerTooLarge, at: 14)
        expect(global([0x42] + [UInt8](repeating: 0x80, count: 10) + [0x00]), .integerTooLong, at: 14)
    }

    @Test(
        "a count of more than there can be is refused before anything is made of it", arguments: [1, 2, 3, 6, 7, 9, 10])
    func hugeCounts(section: UInt8) {
        expect(rawModule([(section, [0xFF, 0xFF, 0xFF, 0xFF, 0x0F])]), .unexpectedEnd, at: 10)
    }

    @Test("names that are not UTF-8 are refused")
    func names() {
        expect(rawModule([(0, [1, 0xFF])]), .nameNotUTF8, at: 10)
        expect(rawModule([(0, [3, 0xED, 0xA0, 0x80])]), .nameNotUTF8, at: 10)
        expect(rawModule([(0, [5, 0x61])]), .unexpectedEnd, at: 12)
        expect(rawModule([(2, [1, 1, 0x61, 2, 0xC0, 0x80, 2, 0, 1])]), .nameNotUTF8, at: 13)
        expect(rawModule([(5, [1, 0, 1]), (7, [1, 1, 0x80, 2, 0])]), .nameNotUTF8, at: 16)
    }

    @Test("types, imports, exports and globals that are malformed or not served are refused")
    func declarations() {
        func imported(_ kind: [UInt8]) -> [UInt8] { rawModule([(2, [1, 0, 0] + kind)]) }
        expect(rawModule([(1, [1, 0x5F, 0, 0])]), .malformedType(0x5F), at: 11)
        expect(rawModule([(1, [1, 0x60, 1, 0x6E, 0])]), .malformedType(0x6E), at: 13)
        expect(imported([5, 0]), .malformedImport(kind: 5), at: 13)
        expect(imported([4, 0, 0]), .unsupportedFeature("a tag import (exceptions)"), at: 13)
        expect(imported([0, 0]), .indexOutOfRange(.type, 0), at: 14)
        expect(imported([1, 0x7F, 0, 0]), .malformedType(0x7F), at: 14)
        expect(imported([2, 3, 0, 1]), .unsupportedFeature("shared memory"), at: 14)
        expect(imported([2, 4, 1]), .unsupportedFeature("a 64-bit memory or table"), at: 14)
        expect(imported([2, 8, 1, 0]), .unsupportedFeature("a memory's own page size"), at: 14)
        expect(imported([3, 0x7F, 2]), .malformedMutability(2), at: 15)
        expect(rawModule([(7, [1, 0, 5, 0])]), .malformedExport(kind: 5), at: 12)
        expect(rawModule([(6, [1, 0x7F, 0, 0x41, 0, 0x1A, 0x0B])]), .notConstant("drop"), at: 15)
        expect(rawModule([(9, [1, 8, 0])]), .malformedElementSegment(flags: 8), at: 11)
    }

    private func function(_ body: [UInt8], types: [UInt8] = [1, 0x60, 0, 0]) -> [UInt8] {
        rawModule([(1, types), (3, [1, 0]), (10, rawCode(body))])
    }

    @Test("functions that are not well nested are refused")
    func nesting() {
        expect(function([0]), .missingEnd, at: 23)
        expect(function([0, 0x0B, 0x01]), .trailingBytes("function"), at: 24)
        expect(function([0, 0x02, 0x40, 0x0B]), .missingEnd, at: 26)
        expect(function([0, 0x05, 0x0B]), .elseWithoutIf, at: 23)
        expect(function([0, 0x02, 0x40, 0x05, 0x0B, 0x0B]), .elseWithoutIf, at: 25)
        expect(function([0, 0x41, 0, 0x04, 0x40, 0x05, 0x05, 0x0B, 0x0B]), .elseWithoutIf, at: 28)
        expect(function([0, 0x0C, 0x01, 0x0B]), .labelOutOfRange(1), at: 23)
        expect(function([0, 0x0E, 0x02, 0x00, 0x01, 0x00, 0x0B]), .labelOutOfRange(1), at: 23)
        expect(function([0, 0x0E, 0xFF, 0xFF, 0x03, 0x0B]), .unexpectedEnd, at: 24)
        expect(function([0, 0x41]), .unexpectedEnd, at: 24)
        expect(
            rawModule([(1, [1, 0x60, 0, 0]), (3, [1, 0])]), .functionCountMismatch(declared: 1, defined: 0), at: 18)
    }

    @Test("an index that would reach what metering appends is refused")
    func appended() {
        func code(_ instruction: [UInt8]) -> [UInt8] { function([0] + instruction + [0x0B]) }
        expect(code([0x10, 1]), .indexOutOfRange(.function, 1), at: 24)
        expect(code([0x12, 1]), .indexOutOfRange(.function, 1), at: 24)
        expect(code([0xD2, 1, 0x1A]), .indexOutOfRange(.function, 1), at: 24)
        expect(code([0x42, 0, 0x24, 0]), .indexOutOfRange(.global, 0), at: 26)
        expect(code([0x23, 0, 0x1A]), .indexOutOfRange(.global, 0), at: 24)
        expect(code([0x20, 0, 0x1A]), .indexOutOfRange(.local, 0), at: 24)
        expect(code([0x42, 0, 0x02, 1, 0x0B]), .indexOutOfRange(.type, 1), at: 26)
        expect(code([0x00, 0x11, 1, 0]), .indexOutOfRange(.type, 1), at: 25)
        expect(rawModule([(7, [1, 0, 0, 0])]), .indexOutOfRange(.function, 0), at: 13)
        expect(rawModule([(7, [1, 0, 3, 0])]), .indexOutOfRange(.global, 0), at: 13)
        expect(rawModule([(9, [1, 1, 0, 1, 0])]), .indexOutOfRange(.function, 0), at: 14)
        expect(rawModule([(9, [1, 5, 0x70, 1, 0xD2, 0, 0x0B])]), .indexOutOfRange(.function, 0), at: 15)
        expect(rawModule([(6, [1, 0x70, 0, 0xD2, 0, 0x0B])]), .indexOutOfRange(.function, 0), at: 14)
    }

    @Test("the long spelling of a type of references is read wherever a type stands")
    func longTypes() throws {
        let long: [UInt8] = [0x63, 0x70]
        let valid = [
            rawModule([(1, [1, 0x60, 1] + long + [1] + long)]),
            rawModule([(2, [1, 0, 0, 3] + long + [0])]),
            rawModule([(2, [1, 0, 0, 1] + long + [0, 0])]),
            rawModule([(9, [1, 5] + long + [0])]),
            function([1, 1] + long + [0x02] + long + [0xD0, 0x70, 0x0B, 0x1A, 0x0B]),
        ]
        for binary in valid {
            #expect(Wasmtime.cranelift.refusal(of: binary) == nil)
            #expect(Wasmtime.cranelift.refusal(of: try metered(binary, .fast)) == nil)
        }
        expect(function([0, 0x00, 0x02, 0x63, 0x63, 0x70, 0x0B, 0x0B]), .malformedType(0x63), at: 26)
        expect(function([0, 0x00, 0x02, 0xF0, 0x7F, 0x0B, 0x0B]), .malformedType(0xF0), at: 25)
        expect(function([0, 0x00, 0xD0, 0x63, 0x70, 0x1A, 0x0B]), .malformedType(0x63), at: 25)
    }

    @Test("a second memory is refused")
    func memories() {
        expect(function([0, 0x3F, 0x01, 0x1A, 0x0B]), .unsupportedFeature("a second memory"), at: 24)
        expect(function([0, 0x41, 0, 0x28, 0x40, 0, 0, 0x1A, 0x0B]), .unsupportedFeature("a second memory"), at: 26)
    }

    @Test("control blocks that nest deep are closed one by one")
    func depth() throws {
        let depth = 4000
        let blocks = [[UInt8]](repeating: [0x02, 0x40], count: depth).flatMap { $0 }
        let body = [0] + blocks + [0x0C] + .unsigned(depth) + [UInt8](repeating: 0x0B, count: depth)
        expect(function(body), .missingEnd, at: 28 + 3 * depth)
        for form in MeteringForm.allCases {
            _ = try metered(function(body + [0x0B]), form)
        }
    }

    @Test("more locals than Wasmtime can take with two more are refused")
    func locals() throws {
        func locals(_ counts: Int...) -> [UInt8] {
            function([UInt8(counts.count)] + counts.flatMap { .unsigned($0) + [0x7E] } + [0x0B])
        }
        #expect(throws: Never.self) { try meter(locals(49_998), form: .fast) }
        #expect(Wasmtime.cranelift.refusal(of: try metered(locals(49_998), .fast)) == nil)
        #expect(Wasmtime.cranelift.refusal(of: locals(50_000)) == nil)
        #expect(throws: MeteringError(.tooLarge("the number of locals", limit: 49_998), at: 23)) {
            try meter(locals(50_000), form: .exact)
        }
        expect(locals(49_998, 3), .tooLarge("the number of locals", limit: 49_998), at: 27)
        expect(
            function([3] + [UInt8]([0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x7E]) + [0x0B]),
            .tooLarge("the number of locals", limit: 49_998), at: 23)
    }
}
