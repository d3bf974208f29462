import CWasmtime
import LazyPages

/// The exported global `gear_gas` of an instance, as the fault handler reaches it.
final class GasGlobal {
    private struct Location {
        var context: OpaquePointer
        var global: wasmtime_global_t
    }

    private let location = UnsafeMutablePointer<Location>.allocate(capacity: 1)

    /// Nil if the instance exports no such global.
    init?(_ instance: ProgramInstance) {
        guard let global = instance.globalHandle("gear_gas") else { return nil }
        location.initialize(to: Location(context: instance.context, global: global))
    }

    deinit {
        location.deinitialize(count: 1)
        location.deallocate()
    }

    var access: GasAccess { GasAccess(context: location, read: Self.read, write: Self.write) }

    func left() -> UInt64 {
        var left: UInt64 = 0
        _ = Self.read(UnsafeMutableRawPointer(location), &left)
        return left
    }

    func set(_ left: UInt64) -> Bool { Self.write(UnsafeMutableRawPointer(location), left) }

    private static let read: GasAccess.Read = { context, left in
        let location = context.assumingMemoryBound(to: Location.self)
        var value = wasmtime_val_t()
        wasmtime_global_get(location.pointee.context, &location.pointee.global, &value)
        left.pointee = UInt64(bitPattern: value.of.i64)
        return Int32(value.kind) == WASM_I64
    }

    private static let write: GasAccess.Write = { context, left in
        let location = context.assumingMemoryBound(to: Location.self)
        var value = wasmtime_val_t()
        value.kind = UInt8(WASM_I64)
        value.of.i64 = Int64(bitPattern: left)
        return WasmtimeFailure(
            wasmtime_global_set(location.pointee.context, &location.pointee.global, &value)) == nil
    }
}
