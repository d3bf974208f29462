import CWasmtime
import LazyPages
import Metering

/// The gas of an instance, kept in the globals that its metering exports.
final class GasCounter {
    /// Who counts.
    enum Kind {
        /// The module as it was uploaded.
        case own
        case metered(MeteringForm)
    }

    let kind: Kind
    private let globals = UnsafeMutablePointer<GasGlobals>.allocate(capacity: 1)
    /// Of the exact form.
    private let exhausted: wasmtime_global_t?

    /// Nil if the instance is not metered.
    init?(_ instance: ProgramInstance) {
        guard let gas = instance.globalHandle(GasName.gas.rawValue) else { return nil }
        let own = instance.globalHandle(GasName.own.rawValue)
        exhausted = instance.globalHandle(GasName.exhausted.rawValue)
        kind = own != nil ? .metered(.fast) : exhausted != nil ? .metered(.exact) : .own
        globals.initialize(to: GasGlobals(context: instance.context, gas: gas, own: own))
    }

    deinit {
        globals.deinitialize(count: 1)
        globals.deallocate()
    }

    /// Nil if the module counts by weights of its own.
    var weightsVersion: Int? {
        if case .metered = kind { Weights.standard.version } else { nil }
    }

    var access: GasAccess { GasAccess(context: globals, read: readGas, write: writeGas) }

    /// Sets the limit, before the program begins.
    func start(with limit: UInt64) -> Bool { globals.pointee.setTotal(limit) }

    /// 0 where more is burned than there was, which the fast form may notice late.
    func left() -> UInt64 { globals.pointee.left ?? 0 }

    func set(_ left: UInt64) -> Bool { globals.pointee.set(left) }

    /// Whether the program has burned more than it had, in the fast form: up to date after a return and in a host
    /// function.
    var isOverdrawn: Bool { globals.pointee.burned > globals.pointee.total ?? 0 }

    /// Whether the exact form ended the program.
    var hasEndedProgram: Bool {
        guard let exhausted else { return false }
        return globals.pointee.value(exhausted).of.i32 == 1
    }
}

// In the fault handler: nothing here allocates.

private let readGas: GasAccess.Read = { context, left in
    guard let found = context.assumingMemoryBound(to: GasGlobals.self).pointee.left else { return false }
    left.pointee = found
    return true
}

private let writeGas: GasAccess.Write = { context, left in
    context.assumingMemoryBound(to: GasGlobals.self).pointee.set(left)
}

private struct GasGlobals {
    let context: OpaquePointer
    var gas: wasmtime_global_t
    /// Only of the fast form.
    let own: wasmtime_global_t?

    func value(_ global: wasmtime_global_t) -> wasmtime_val_t {
        var (global, value) = (global, wasmtime_val_t())
        wasmtime_global_get(context, &global, &value)
        return value
    }

    /// What `gear_gas` holds; nil if it is no such global.
    var total: UInt64? {
        let value = value(gas)
        return Int32(value.kind) == WASM_I64 ? UInt64(bitPattern: value.of.i64) : nil
    }

    /// What `gear_gas_own` holds: of the program's own burning, and not yet taken off the total.
    var burned: UInt64 {
        guard let own else { return 0 }
        return UInt64(bitPattern: value(own).of.i64)
    }

    var left: UInt64? {
        guard let total else { return nil }
        let burned = burned
        return burned < total ? total - burned : 0
    }

    /// What is overdrawn stays so.
    mutating func set(_ left: UInt64) -> Bool {
        guard let total else { return false }
        let burned = burned
        return setTotal(burned < total ? burned + left : total)
    }

    mutating func setTotal(_ total: UInt64) -> Bool {
        var value = wasmtime_val_t()
        value.kind = UInt8(WASM_I64)
        value.of.i64 = Int64(bitPattern: total)
        return WasmtimeFailure(wasmtime_global_set(context, &gas, &value)) == nil
    }
}
