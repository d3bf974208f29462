import Testing

@testable import Metering

@Suite struct VersionTests {
    /// A bit of everything that metering puts code at.
    private static let module = """
        (module
          (memory 1 2)
          (table 1 funcref)
          (func $leaf (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
          (func (export "run") (param i32) (result i32)
            (local i64)
            (loop $next
              (i32.store (i32.const 8) (i32.load (i32.const 8)))
              (drop (call $leaf (local.get 0)))
              (br_if $next (i32.eqz (i32.load (i32.const 4)))))
            (if (local.get 0) (then (return (i32.const 1))))
            (memory.copy (i32.const 0) (i32.const 16) (local.get 0))
            (memory.fill (i32.const 0) (i32.const 16) (local.get 0))
            (drop (table.grow (ref.null func) (i32.const 1)))
            (memory.grow (local.get 0))))
        """

    /// FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), which tells one output from another.
    private func digest(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }

    @Test("another output of metering has another version, so that stored modules are metered anew")
    func pinned() throws {
        let binary = try Wasmtime.assemble(Self.module)
        let digests = try MeteringForm.allCases.map { form -> UInt64 in
            guard case .metered(let module) = try meter(binary, form: form) else { return 0 }
            return digest(module.binary)
        }
        // Where this fails, raise the version and put the new digests here.
        #expect(Weights.standard.version == 1)
        #expect(digests == [8_202_762_836_781_834_218, 16_341_621_760_078_351_540])
    }
}
