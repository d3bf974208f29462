import CWasmtime

/// The type of something that a module imports or exports.
enum ExternType: Equatable {
    /// Type names as WebAssembly writes them.
    case function(params: [String], results: [String])
    case global(type: String, isMutable: Bool)
    /// In Wasm pages.
    case memory(minimum: UInt64, maximum: UInt64?)
    case other

    init(_ type: OpaquePointer?) {
        if let function = wasm_externtype_as_functype_const(type) {
            self = .function(
                params: Self.names(wasm_functype_params(function)), results: Self.names(wasm_functype_results(function))
            )
        } else if let global = wasm_externtype_as_globaltype_const(type) {
            self = .global(
                type: Self.name(wasm_globaltype_content(global)),
                isMutable: wasm_globaltype_mutability(global) == UInt8(WASM_VAR))
        } else if let memory = wasm_externtype_as_memorytype_const(type) {
            var maximum: UInt64 = 0
            let hasMaximum = wasmtime_memorytype_maximum(memory, &maximum)
            self = .memory(minimum: wasmtime_memorytype_minimum(memory), maximum: hasMaximum ? maximum : nil)
        } else {
            self = .other
        }
    }

    private static func names(_ types: UnsafePointer<wasm_valtype_vec_t>?) -> [String] {
        guard let types else { return [] }
        return (0..<types.pointee.size).map { name(types.pointee.data[$0]) }
    }

    private static func name(_ type: OpaquePointer?) -> String {
        knownTypes.first { wasmtime_wasm_valtype_equal(type, $0.type) }?.name ?? "ref"
    }

    /// To compare with: `wasm_valtype_kind` ends the process for every other type, vectors among them.
    // Never changed after they are made, and never deleted.
    nonisolated(unsafe) private static let knownTypes: [(name: String, type: OpaquePointer?)] = [
        ("i32", wasm_valtype_new(UInt8(WASM_I32))), ("i64", wasm_valtype_new(UInt8(WASM_I64))),
        ("f32", wasm_valtype_new(UInt8(WASM_F32))), ("f64", wasm_valtype_new(UInt8(WASM_F64))),
        ("v128", wasmtime_wasm_valtype_v128()), ("externref", wasm_valtype_new(UInt8(WASM_EXTERNREF))),
        ("funcref", wasm_valtype_new(UInt8(WASM_FUNCREF))),
    ]
}

extension ExternType: CustomStringConvertible {
    /// A signature as `(i32, i64) -> (i32)`.
    var description: String {
        switch self {
        case .function(let params, let results):
            "(\(params.joined(separator: ", "))) -> (\(results.joined(separator: ", ")))".clipped
        case .global(let type, _): "a global \(type)"
        case .memory: "a memory"
        case .other: "something else"
        }
    }
}

struct ModuleImport: Equatable {
    let module: String
    let name: String
    let type: ExternType

    /// Whether it is the program's memory.
    var isMemory: Bool { module == "env" && name == "memory" }
}

struct ModuleExport: Equatable {
    let name: String
    let type: ExternType
}
