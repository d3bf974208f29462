import CWasmtime
import WorkerProtocol

/// Parameters and results of an entry, between the API's numbers and Wasmtime's values.
enum EntryValues {
    /// Nil if the numbers do not fit the types.
    static func params(_ numbers: [WasmNumber], types: [String]) -> [wasmtime_val_t]? {
        guard numbers.count == types.count else { return nil }
        var values: [wasmtime_val_t] = []
        for (number, name) in zip(numbers, types) {
            guard let type = WasmNumberType(rawValue: name), type.accepts(number) else { return nil }
            values.append(value(number, type))
        }
        return values
    }

    private static func value(_ number: WasmNumber, _ type: WasmNumberType) -> wasmtime_val_t {
        var value = wasmtime_val_t()
        switch type {
        case .i32:
            value.kind = UInt8(WASM_I32)
            value.of.i32 = Int32(truncatingIfNeeded: bits(number))
        case .i64:
            value.kind = UInt8(WASM_I64)
            value.of.i64 = bits(number)
        case .f32:
            value.kind = UInt8(WASM_F32)
            value.of.f32 = Float(double(number))
        case .f64:
            value.kind = UInt8(WASM_F64)
            value.of.f64 = double(number)
        }
        return value
    }

    private static func bits(_ number: WasmNumber) -> Int64 {
        switch number {
        case .integer(let value): value
        case .unsigned(let value): Int64(bitPattern: value)
        case .float(let value): Int64(value)
        }
    }

    private static func double(_ number: WasmNumber) -> Double {
        switch number {
        case .integer(let value): Double(value)
        case .unsigned(let value): Double(value)
        case .float(let value): value
        }
    }

    /// Number results; a result of another type has no number.
    static func results(_ values: [wasmtime_val_t]) -> [WasmNumber] {
        values.compactMap { value in
            switch Int(value.kind) {
            case WASM_I32: .integer(Int64(value.of.i32))
            case WASM_I64: .integer(value.of.i64)
            case WASM_F32: .float(Double(value.of.f32))
            case WASM_F64: .float(value.of.f64)
            default: nil
            }
        }
    }
}
