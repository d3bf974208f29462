import Testing

@testable import Metering

/// Where the compiler might take a store for one of what lies there already.
@Suite struct StoreGuardTests {
    /// - Returns: of each store, whether it is guarded.
    private func guards(_ body: String) throws -> [Bool] {
        let binary = try Wasmtime.assemble(
            "(module (memory 1) (func $f (param $x i32) (param $y i32) (local $v i32) \(body)))")
        let module = try Module(binary)
        let function = try FunctionBody(module, 0)
        let guards = StoreGuards(function, module.bytes, zero: 3)
        let stores = function.instructions.enumerated().filter { $0.element.weight == .store }
        #expect(guards.isEmpty == stores.allSatisfy { guards.code(before: $0.element, at: $0.offset) == nil })
        return stores.map { guards.code(before: $0.element, at: $0.offset) != nil }
    }

    @Test(
        "a store of what a load directly before it took from a place apart needs none",
        arguments: [
            "(i32.store (local.get $x) (i32.load (i32.sub (local.get $x) (i32.const 4))))",
            "(i32.store (i32.add (local.get $x) (i32.const 4)) (i32.load (local.get $x)))",
            "(i32.store offset=4 (local.get $x) (i32.load offset=8 (local.get $x)))",
            "(f64.store offset=8 (local.get $x) (f64.load (i32.add (local.get $x) (i32.const -8))))",
            "(i32.store (i32.sub (local.get $x) (i32.const 4)) (i32.load (i32.add (local.get $x) (i32.const 4))))",
            "(local.set $x (local.get $y)) (i32.store (local.get $x) (i32.load offset=4 (local.get $x)))",
        ])
    func apart(body: String) throws {
        #expect(try guards(body) == [false])
    }

    @Test(
        "a store that may go where its value came from has one",
        arguments: [
            "(i32.store (local.get $x) (i32.load (local.get $x)))",
            // The same place, said in two ways.
            "(i32.store offset=4 (local.get $x) (i32.load (i32.add (local.get $x) (i32.const 4))))",
            "(i32.store (i32.sub (local.get $x) (i32.const 4)) (i32.load (i32.add (local.get $x) (i32.const -4))))",
            "(i32.store offset=4294967295 (local.get $x) (i32.load (i32.sub (local.get $x) (i32.const 1))))",
            // Two locals.
            "(i32.store (local.get $x) (i32.load offset=4 (local.get $y)))",
            // The local changes in between.
            "(i32.store (local.get $x) (i32.load offset=4 (local.tee $x (local.get $y))))",
            """
            (local.get $x) (local.set $x (i32.sub (local.get $x) (i32.const 4)))
            (i32.load offset=4 (local.get $x)) i32.store
            """,
            // No constant distance.
            "(i32.store (i32.add (local.get $x) (local.get $y)) (i32.load (local.get $x)))",
            "(i32.store (i32.mul (local.get $x) (i32.const 4)) (i32.load (local.get $x)))",
            // The load comes earlier.
            "(local.set $v (i32.load offset=4 (local.get $x))) (i32.store (local.get $x) (local.get $v))",
        ])
    func together(body: String) throws {
        #expect(try guards(body) == [true])
    }

    @Test("a store of what was not loaded needs none")
    func notLoaded() throws {
        #expect(try guards("(i32.store (local.get $x) (local.get $y))") == [false])
        let (load, store) = ("(drop (i32.load (local.get $x)))", "(i32.store (local.get $x) (local.get $y))")
        #expect(try guards("\(load) (call $f (i32.const 0) (i32.const 0)) \(store)") == [false])
        #expect(try guards("\(load) \(store)") == [true])
    }
}
