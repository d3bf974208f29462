import CWasmtime

/// What turns WebAssembly into machine code.
public enum ProgramCompiler: String, CaseIterable, Sendable {
    /// Optimises: for programs that run often or long.
    case cranelift
    /// Compiles in one pass, several times as fast, to slower code.
    case winch

    var strategy: UInt8 {
        switch self {
        case .cranelift: UInt8(WASMTIME_STRATEGY_CRANELIFT)
        case .winch: UInt8(WASMTIME_STRATEGY_WINCH)
        }
    }
}
