import Testing

@testable import Metering

@Suite struct OpcodeTests {
    @Test("every instruction that Wasmtime assembles by its name decodes to that name")
    func everyName() throws {
        let names = OpcodeTable.names.sorted { $0.key < $1.key }
        var (text, expected) = ("", [String]())
        for (code, name) in names where !["else", "end"].contains(name) {
            let opcode = try #require(OpcodeTable.opcodes[Int(code)])
            text += "unreachable " + spelling(of: name, opcode.immediates) + "\n"
            expected += ["unreachable", name]
            switch opcode.flow {
            case .if:
                text += "else end\n"
                expected += ["else", "end"]
            case .block, .loop:
                text += "end\n"
                expected.append("end")
            default: break
            }
        }
        let binary = try Wasmtime.assemble(
            """
            (module (memory 1) (table 1 funcref) (global (mut i32) (i32.const 0)) (data "") (elem func 0)
              (func (local i32)
            \(text)
              unreachable))
            """)
        #expect(Wasmtime.cranelift.refusal(of: binary) == nil)
        let body = try FunctionBody(Module(binary), 0)
        #expect(body.instructions.map { OpcodeTable.names[$0.code] } == expected + ["unreachable", "end"])
        for form in MeteringForm.allCases {
            #expect(Wasmtime.cranelift.refusal(of: try metered(binary, form)) == nil)
        }
    }

    private func spelling(of name: String, _ immediates: Immediates) -> String {
        switch immediates {
        case .none, .blockType, .memory, .twoMemories, .address: name
        case .labels: "\(name) 0 0"
        case .function, .global, .local, .label, .index, .indexAndMemory, .lane, .addressAndLane, .i32, .i64, .f32,
            .f64:
            "\(name) 0"
        case .twoIndices: "\(name) 0 0"
        case .typeAndIndex: "\(name) (type 0)"
        case .sixteenLanes: name + String(repeating: " 0", count: 16)
        case .v128: "\(name) i64x2 0 0"
        case .heapType: "\(name) func"
        case .valueTypes: "select (result i32)"
        }
    }

    @Test("Wasmtime with the service's features accepts no instruction that the table lacks")
    func complete() throws {
        let prefixed = [UInt8(0xFB), 0xFC, 0xFD, 0xFE].flatMap { prefix in
            (0..<320).map { [prefix] + .unsigned($0) }
        }
        let codes = (0..<256).map { [UInt8($0)] } + prefixed
        var accepted = 0
        for code in codes {
            // Zeros are immediates or `unreachable`; a control block needs one more end.
            let bodies = [1, 2].map { ends in
                [0, 0] + code + [UInt8](repeating: 0, count: 24) + [UInt8](repeating: 0x0B, count: ends)
            }
            for binary in bodies.map(module) where Wasmtime.cranelift.refusal(of: binary) == nil {
                accepted += 1
                #expect(throws: Never.self, "\(code)") { try meter(binary, form: .exact) }
            }
        }
        #expect(accepted > 400)
    }

    /// A module with all there can be at index 0, and one function.
    private func module(_ body: [UInt8]) -> [UInt8] {
        rawModule([
            (1, [1, 0x60, 0, 0]),  // a type without parameters and results
            (3, [1, 0]),  // a function of it
            (4, [1, 0x70, 0, 1]),  // a table
            (5, [1, 0, 1]),  // a memory
            (6, [1, 0x7F, 1, 0x41, 0, 0x0B]),  // a mutable global
            (9, [1, 1, 0, 1, 0]),  // a passive element segment
            (12, [1]),
            (10, rawCode(body)),
            (11, [1, 1, 0]),  // a passive data segment
        ])
    }

    @Test(
        "an instruction that is not served is refused by number, proposal and offset",
        arguments: [
            ([0xFE, 0x10], MeteringError.Reason.unsupportedInstruction(code: 0xFE0010, proposal: "threads")),
            ([0xFD, 0x80, 0x02], .unsupportedInstruction(code: 0xFD0100, proposal: "relaxed SIMD")),
            ([0xFB, 0x00], .unsupportedInstruction(code: 0xFB0000, proposal: "garbage collection")),
            ([0x08], .unsupportedInstruction(code: 0x08, proposal: "exception handling")),
            ([0x14], .unsupportedInstruction(code: 0x14, proposal: "function references")),
            ([0x27], .unknownInstruction(code: 0x27)),
            ([0xFD, 0x9A, 0x01], .unknownInstruction(code: 0xFD9A)),
        ])
    func refused(code: [UInt8], reason: MeteringError.Reason) throws {
        let binary = module([0] + code + [0x0B])
        let expected = MeteringError(reason, at: binary.count - 5 - code.count - 1)
        #expect(throws: expected) { try meter(binary, form: .exact) }
    }
}
