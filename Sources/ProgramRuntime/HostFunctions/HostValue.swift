import CWasmtime
import WorkerProtocol

/// A parameter or a result of a host function.
public enum HostValue: Equatable, Sendable {
    case i32(UInt32)
    case i64(UInt64)
    case f32(Float)
    case f64(Double)

    public var type: WasmNumberType {
        switch self {
        case .i32: .i32
        case .i64: .i64
        case .f32: .f32
        case .f64: .f64
        }
    }

    /// Nil for a reference or a vector, which no host function takes.
    init?(_ value: wasmtime_val_t) {
        switch Int(value.kind) {
        case WASM_I32: self = .i32(UInt32(bitPattern: value.of.i32))
        case WASM_I64: self = .i64(UInt64(bitPattern: value.of.i64))
        case WASM_F32: self = .f32(value.of.f32)
        case WASM_F64: self = .f64(value.of.f64)
        default: return nil
        }
    }

    var wasmtimeValue: wasmtime_val_t {
        var value = wasmtime_val_t()
        value.kind = type.wasmtimeKind
        switch self {
        case .i32(let number): value.of.i32 = Int32(bitPattern: number)
        case .i64(let number): value.of.i64 = Int64(bitPattern: number)
        case .f32(let number): value.of.f32 = number
        case .f64(let number): value.of.f64 = number
        }
        return value
    }
}

extension WasmNumberType {
    var wasmtimeKind: UInt8 {
        switch self {
        case .i32: UInt8(WASM_I32)
        case .i64: UInt8(WASM_I64)
        case .f32: UInt8(WASM_F32)
        case .f64: UInt8(WASM_F64)
        }
    }
}
