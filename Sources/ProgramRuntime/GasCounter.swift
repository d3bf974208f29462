import CWasmtime
import LazyPages
import Metering

/// The gas of an instance, kept in the global that its metering exports; in the fast form, what the host charges is kept
/// here.
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
        let own = instance.globalHandle(GasName.own.rawValue)
        guard let global = own ?? instance.globalHandle(GasName.gas.rawValue) else { return nil }
        exhausted = instance.globalHandle(GasName.exhausted.rawValue)
        kind = own != nil ? .metered(.fast) : exhausted != nil ? .metered(.exact) : .own
        globals.initialize(to: GasGlobals(context: instance.context, global: global, isFast: own != nil))
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
    func start(with limit: UInt64) -> Bool { globals.pointee.start(with: limit) }

    /// 0 where more is burned than there was, which the fast form may notice late.
    func left() -> UInt64 { globals.pointee.left ?? 0 }

    func set(_ left: UInt64) -> Bool { globals.pointee.set(left) }

    /// Whether the program has burned more than it had, in the fast form: up to date after a return and in a host
    /// function.
    var isOverdrawn: Bool { globals.pointee.isOverdrawn }

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
    /// What is left, or in the fast form `burned - limit`.
    var global: wasmtime_global_t
    let isFast: Bool
    /// Only of the fast form, as what follows.
    private var limit: UInt64 = 0
    /// The limit less what the host has charged.
    private var total: UInt64 = 0

    init(context: OpaquePointer, global: wasmtime_global_t, isFast: Bool) {
        (self.context, self.global, self.isFast) = (context, global, isFast)
    }

    func value(_ global: wasmtime_global_t) -> wasmtime_val_t {
        var (global, value) = (global, wasmtime_val_t())
        wasmtime_global_get(context, &global, &value)
        return value
    }

    /// Nil if the global is no number of gas.
    private var number: UInt64? {
        let value = value(global)
        return Int32(value.kind) == WASM_I64 ? UInt64(bitPattern: value.of.i64) : nil
    }

    private mutating func write(_ number: UInt64) -> Bool {
        var value = wasmtime_val_t()
        value.kind = UInt8(WASM_I64)
        value.of.i64 = Int64(bitPattern: number)
        return WasmtimeFailure(wasmtime_global_set(context, &global, &value)) == nil
    }

    mutating func start(with limit: UInt64) -> Bool {
        guard isFast else { return write(limit) }
        (self.limit, total) = (limit, limit)
        return write(0 &- limit)
    }

    var left: UInt64? {
        guard isFast, let number else { return number }
        let burned = number &+ limit
        return burned < total ? total - burned : 0
    }

    var isOverdrawn: Bool {
        guard isFast, let number else { return false }
        return number &+ limit > total
    }

    mutating func set(_ left: UInt64) -> Bool {
        guard isFast else { return write(left) }
        guard let number else { return false }
        // What is overdrawn stays so.
        if number &+ limit < total { total = number &+ limit + left }
        return true
    }
}
