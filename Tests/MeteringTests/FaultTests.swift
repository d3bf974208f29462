import Testing

@testable import Metering

@Suite struct FaultTests {
    /// Functions without parameters and locals.
    private func functions(_ bodies: [UInt8]..., sections: [(id: UInt8, contents: [UInt8])] = []) -> [UInt8] {
        var code: [UInt8] = [UInt8(bodies.count)]
        for body in bodies { code.append(sized: [0] + body + [0x0B]) }
        let types: [(id: UInt8, contents: [UInt8])] = [(1, [1, 0x60, 0, 0])]
        let declarations: (id: UInt8, contents: [UInt8]) = (
            3, [UInt8(bodies.count)] + [UInt8](repeating: 0, count: bodies.count)
        )
        return rawModule(types + [declarations] + sections + [(10, code)])
    }

    private func reasons(_ binary: [UInt8], limit: Int = 100) -> [MeteringError.Reason] {
        let faults = MeteringForm.allCases.map { meteringFaults(binary, form: $0, limit: limit) }
        #expect(faults[0] == faults[1])
        #expect(faults[0].map(\.offset) == faults[0].map(\.offset).sorted())
        #expect(faults[0].allSatisfy { (0...binary.count).contains($0.offset) })
        return faults[0].map(\.reason)
    }

    @Test("behind a fault in a function, the next function is read")
    func functions() {
        let binary = functions([0x27], [0x01], [0x0C, 1], [0x05], [0x23, 7])
        #expect(
            reasons(binary) == [
                .unknownInstruction(code: 0x27), .labelOutOfRange(1), .elseWithoutIf, .indexOutOfRange(.global, 7),
            ])
        #expect(meteringFaults(binary, form: .fast).first?.offset == 27)
    }

    @Test("behind an unsupported instruction of known length, the function is read on")
    func unsupported() {
        func fault(_ code: UInt32, _ proposal: String) -> MeteringError.Reason {
            .unsupportedInstruction(code: code, proposal: proposal)
        }
        let binary = functions(
            [0x02, 0x40, 0xFE, 0x10, 2, 0x80, 1, 0xFE, 0x03, 0, 0xFD, 0x80, 0x02, 0x0B, 0x08, 5, 0x0C, 1],
            [0x06, 0x40, 0xFE, 0x03, 0, 0x0B], [0xFC, 0x12, 0, 0xD4, 0x0A, 0x27])
        #expect(
            reasons(binary) == [
                fault(0xFE0010, "threads"), fault(0xFE0003, "threads"), fault(0xFD0100, "relaxed SIMD"),
                fault(0x08, "exception handling"), .labelOutOfRange(1), fault(0x06, "exception handling"),
                fault(0xFC0012, "memory control"), fault(0xD4, "function references"),
                fault(0x0A, "exception handling"), .unknownInstruction(code: 0x27),
            ])
    }

    @Test("faults of exports, elements and functions are found together")
    func sections() throws {
        let binary = functions(
            [0x27],
            sections: [(7, [1, 8] + Array("gear_gas".utf8) + [0, 0]), (9, [1, 8])])
        #expect(
            reasons(binary) == [
                .reservedExport("gear_gas"), .malformedElementSegment(flags: 8), .unknownInstruction(code: 0x27),
            ])
        let export = functions([0x27], sections: [(7, [1, 0, 5, 0])])
        #expect(reasons(export) == [.malformedExport(kind: 5), .unknownInstruction(code: 0x27)])
        let missing = rawModule([(1, [1, 0x60, 0, 0]), (3, [2, 0, 0]), (10, rawCode([0, 0x27, 0x0B]))])
        #expect(
            reasons(missing) == [.unknownInstruction(code: 0x27), .functionCountMismatch(declared: 2, defined: 1)])
    }

    @Test("a fault in what functions refer to is the last")
    func types() {
        #expect(reasons(rawModule([(1, [1, 0x5F]), (10, rawCode([0, 0x27, 0x0B]))])) == [.malformedType(0x5F)])
    }

    @Test("a function that has no room for its metering is found with the others")
    func room() {
        let targets = Limits.bodySize - 10
        let long = [0x41, 0, 0x0E] + .unsigned(targets) + [UInt8](repeating: 0, count: targets + 1)
        #expect(
            reasons(functions(long, [0x27])) == [
                .tooLarge("a function", limit: Limits.bodySize), .unknownInstruction(code: 0x27),
            ])
    }

    @Test("as many faults are found as asked for")
    func limit() {
        let binary = functions([0x27], [0xFE, 0x03, 0, 0xFE, 0x03, 0, 0x27], [0x27])
        #expect(reasons(binary).count == 5)
        for limit in 0...5 { #expect(reasons(binary, limit: limit) == Array(reasons(binary).prefix(limit))) }
    }

    @Test("there are faults if and only if metering fails, and the one that it fails for is among them")
    func agreement() throws {
        let corpus = try Programs.all.map { try Wasmtime.assemble($0.text) }
        var mutator = ModuleMutator(corpus, seed: 77)
        var refused = 0
        for _ in 0..<3000 {
            let binary = mutator.next()
            let faults = meteringFaults(binary, form: .fast)
            do throws(MeteringError) {
                _ = try meter(binary, form: .fast)
                #expect(faults == [])
            } catch {
                refused += 1
                #expect(faults.contains(error), "\(error) \(binary)")
            }
        }
        #expect(refused > 500)
    }
}
