import Testing

@testable import Metering

@Suite struct OutlineTests {
    @Test("imports, exports, memories and functions are told in order")
    func all() throws {
        let outline = try ModuleOutline(
            Wasmtime.assemble(
                """
                (module
                  (import "a" "f" (func (param i32)))
                  (import "a" "t" (table 1 2 funcref))
                  (import "b" "m" (memory 1 3))
                  (import "b" "g" (global (mut i64)))
                  (func (export "first")) (func)
                  (memory (export "second") 4)
                  (export "third" (global 0)) (export "fourth" (table 0))
                  (@custom "x" "y"))
                """))
        #expect(
            outline.imports == [
                .init(module: "a", name: "f", kind: .function), .init(module: "a", name: "t", kind: .table),
                .init(module: "b", name: "m", kind: .memory), .init(module: "b", name: "g", kind: .global),
            ])
        #expect(
            outline.exports == [
                .init(name: "first", kind: .function), .init(name: "second", kind: .memory),
                .init(name: "third", kind: .global), .init(name: "fourth", kind: .table),
            ])
        func memory(_ minimum: UInt64, _ maximum: UInt64?) -> ModuleOutline.Memory {
            .init(isShared: false, is64Bit: false, hasOwnPageSize: false, minimum: minimum, maximum: maximum)
        }
        #expect(outline.memories == [memory(1, 3), memory(4, nil)])
        #expect(outline.definedFunctionCount == 2)
        #expect(outline.startSection == nil)
    }

    @Test("a start section is found, and an empty module has nothing")
    func start() throws {
        let binary = try Wasmtime.assemble("(module (func $f) (start $f))")
        let offset = try #require(try ModuleOutline(binary).startSection)
        #expect(Array(binary[offset..<offset + 3]) == [8, 1, 0])
        let empty = try ModuleOutline(Wasmtime.assemble("(module)"))
        #expect(empty.startSection == nil && empty.memories == [] && empty.definedFunctionCount == 0)
    }

    @Test("memories that are not served are described")
    func memories() throws {
        func outline(_ limits: [UInt8]) throws -> ModuleOutline.Memory? {
            try ModuleOutline(rawModule([(5, [1] + limits)])).memories.first
        }
        let shared = try outline([3, 1, 2])
        #expect(shared?.isShared == true && shared?.is64Bit == false && shared?.maximum == 2)
        let wide = try outline([5, 0x80, 0x80, 0x80, 0x80, 0x10, 0x80, 0x80, 0x80, 0x80, 0x20])
        #expect(wide?.is64Bit == true && wide?.minimum == 1 << 32 && wide?.maximum == 1 << 33)
        let fine = try outline([8, 7, 0])
        #expect(fine?.hasOwnPageSize == true && fine?.isShared == false && fine?.minimum == 7)
        #expect(throws: MeteringError.self) { try outline([16, 1]) }
        #expect(throws: MeteringError.self) { try outline([4] + [UInt8](repeating: 0xFF, count: 9) + [0x02]) }
    }
}
