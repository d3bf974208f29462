import Testing

@testable import Metering

/// Modules made to take long or to grow. Were the time not linear, these would take minutes.
@Suite struct HostileModuleTests {
    private static let size = 80_000

    private static func repeated(_ bytes: [UInt8], _ count: Int) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count * count)
        for _ in 0..<count { result += bytes }
        return result
    }

    /// A module with a memory and one function.
    private static func function(_ instructions: [UInt8], locals: [UInt8] = [0]) -> [UInt8] {
        rawModule([
            (1, [1, 0x60, 0, 0]), (3, [1, 0]), (5, [1, 0, 1]), (10, rawCode(locals + instructions + [0x0B])),
        ])
    }

    private static func functions(_ body: [UInt8], _ count: Int) -> [UInt8] {
        let bodies = repeated([UInt8(body.count)] + body, count)
        return rawModule([
            (1, [1, 0x60, 0, 0]), (3, .unsigned(count) + [UInt8](repeating: 0, count: count)),
            (10, .unsigned(count) + bodies),
        ])
    }

    private static func nested(_ opening: [UInt8], _ inside: (Int) -> [UInt8] = { _ in [] }) -> [UInt8] {
        let depth = size / (opening.count + 1)
        return function(repeated(opening, depth) + inside(depth) + repeated([0x0B], depth))
    }

    private static func flat(_ instructions: [UInt8]) -> [UInt8] {
        function(repeated(instructions, size / instructions.count))
    }

    private static let modules: [(name: String, make: @Sendable () -> [UInt8])] = [
        ("nested blocks", { nested([0x02, 0x40]) }),
        ("nested loops", { nested([0x03, 0x40]) }),
        ("nested ifs", { nested([0x41, 0, 0x04, 0x40]) }),
        ("a branch out of many blocks", { nested([0x02, 0x40]) { [0x0C] + .unsigned($0) } }),
        (
            "many branches out of many blocks",
            { nested([0x02, 0x40]) { repeated([0x41, 0, 0x0D] + .unsigned($0), $0) } }
        ),
        (
            "many br_tables out of many loops",
            { nested([0x03, 0x40]) { repeated([0x41, 0, 0x0E, 0] + .unsigned($0), $0) } }
        ),
        ("many ifs", { flat([0x41, 0, 0x04, 0x40, 0x05, 0x0B]) }),
        ("many loops", { flat([0x03, 0x40, 0x0B]) }),
        ("many br_ifs", { flat([0x41, 0, 0x0D, 0]) }),
        ("many br_tables", { flat([0x41, 0, 0x0E, 0, 0]) }),
        ("a long br_table", { function([0x41, 0, 0x0E] + .unsigned(size) + [UInt8](repeating: 0, count: size + 1)) }),
        ("many calls", { flat([0x10, 0]) }),
        ("many stores of what was loaded", { flat([0x41, 0, 0x41, 0, 0x28, 0, 0, 0x36, 0, 0]) }),
        ("many fills", { flat([0x41, 0, 0x41, 0, 0x41, 0, 0xFC, 0x0B, 0]) }),
        ("many runs of locals", { function([], locals: .unsigned(size) + repeated([0, 0x7F], size)) }),
        ("many functions", { functions([0, 0x0B], size / 3) }),
        ("many faults", { functions([0, 0x27], size / 3) }),
        ("many unsupported instructions", { flat([0xFE, 0x03, 0]) }),
        ("many types", { rawModule([(1, .unsigned(size) + repeated([0x60, 0, 0], size))]) }),
        ("many sections", { rawModule([]) + repeated([0, 2, 1, 0x78], size) }),
    ]

    @Test("a module takes time and grows by its size", .timeLimit(.minutes(2)), arguments: modules.map(\.name))
    func module(name: String) throws {
        let binary = try #require(Self.modules.first { $0.name == name }).make()
        for form in MeteringForm.allCases {
            guard meteringFaults(binary, form: form).isEmpty else {
                #expect(throws: MeteringError.self) { try meter(binary, form: form) }
                continue
            }
            let metered = try metered(binary, form)
            // What is put in for an instruction of two bytes, the shortest that has something put in, is ten.
            #expect(metered.count < 6 * binary.count + 1000)
        }
    }
}
