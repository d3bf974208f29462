import Testing

@testable import Metering

/// Costs by hand, where every instruction but `end` and `else` costs 1.
@Suite struct BlockTests {
    private func costs(_ body: String, parameters: String = "(param i32)") throws -> [UInt64] {
        let binary = try Wasmtime.assemble("(module (func $f \(parameters) \(body)))")
        return try FunctionBody(Module(binary), 0).meteredBlocks(.unit).map(\.cost).filter { $0 > 0 }
    }

    @Test("instructions in a row are one block")
    func row() throws {
        #expect(try costs("nop local.get 0 drop") == [3])
    }

    @Test("a function without instructions has no block that costs")
    func empty() throws {
        #expect(try costs("") == [])
    }

    @Test("locals are paid at entry, parameters are not")
    func locals() throws {
        #expect(try costs("(local i32 i64 i64) (local v128) nop") == [5])
    }

    @Test("a block and what follows it belong to their surroundings")
    func block() throws {
        #expect(try costs("nop (block nop (block nop) nop) nop") == [7])
    }

    @Test("a branch out of a block ends what follows in it, not what follows it")
    func branchOutOfBlock() throws {
        #expect(try costs("nop (block (br_if 0 (local.get 0)) nop nop) nop") == [5, 2])
    }

    @Test("a branch out of two blocks also ends what follows the inner one")
    func branchOutOfTwoBlocks() throws {
        #expect(try costs("(block (block (br_if 1 (local.get 0)) nop) nop nop) nop") == [5, 1, 2])
    }

    @Test("the arms of an if are blocks, and what follows belongs to what came before")
    func ifElse() throws {
        #expect(try costs("(if (local.get 0) (then nop) (else nop nop)) nop") == [3, 1, 2])
    }

    @Test("an if without else is one block more")
    func ifWithoutElse() throws {
        #expect(try costs("(if (local.get 0) (then nop nop)) nop nop") == [4, 2])
    }

    @Test("a loop's body is a block, and what follows the loop belongs to what came before")
    func loop() throws {
        #expect(try costs("nop (loop nop (br_if 0 (local.get 0)) nop nop nop) nop") == [3, 3, 3])
    }

    @Test("a way out of a loop past its end ends what came before the loop")
    func branchOutOfLoop() throws {
        #expect(try costs("(block (loop (br_if 1 (local.get 0)) (br 0)) nop) nop nop") == [4, 2, 1, 1])
    }

    @Test("what follows a block that a loop goes round from is not paid at the loop's header")
    func branchBackFromBlock() throws {
        #expect(try costs("(loop nop (block (br_if 1 (local.get 0)) nop) nop nop)") == [1, 4, 1, 2])
    }

    @Test("a return ends a block, and all that follows around it")
    func returnInTheMiddle() throws {
        #expect(try costs("(block (if (local.get 0) (then nop return)) nop) nop nop") == [3, 2, 1, 2])
    }

    @Test("a br_table reaches as far as its outermost label")
    func branchTable() throws {
        let inner = "(block (block (br_table 0 1 0 (local.get 0))) nop) nop"
        #expect(try costs(inner) == [5, 1])
        #expect(try costs("(block (block (br_table 0 2 0 (local.get 0))) nop) nop") == [4, 1, 1])
    }

    @Test("a trap ends a block, and a tail call does")
    func finals() throws {
        #expect(try costs("nop unreachable nop nop") == [2, 2])
        #expect(try costs("local.get 0 return_call $f nop") == [2, 1])
    }

    @Test("a call does not end a block")
    func call() throws {
        #expect(try costs("(call $f (local.get 0)) nop") == [3])
    }
}
