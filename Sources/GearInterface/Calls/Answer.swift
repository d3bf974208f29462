import ProgramRuntime
import WorkerProtocol

/// How a function brings its answer, or the code of an error, to the program.
enum Answer {
    /// There is none. An error ends the program.
    case none
    /// So many bytes where the last parameter points at. An error ends the program.
    case bytes(UInt32)
    /// Where the last parameter points at, the error code, 0 for none, and so many bytes, zeros after an error.
    case errorThen(UInt32)
    /// The function's result is the number. An error ends the program.
    case number(WasmNumberType)
    /// The function's result is the error code, 0 for none.
    case errorCode

    /// What is written where the last parameter points at; nil where that is no pointer of the answer.
    var size: UInt32? {
        switch self {
        case .bytes(let size): size
        case .errorThen(let size): 4 + size
        case .none, .number, .errorCode: nil
        }
    }

    var results: [WasmNumberType] {
        switch self {
        case .number(let type): [type]
        case .errorCode: [.i32]
        case .none, .bytes, .errorThen: []
        }
    }

    func give(
        _ bytes: [UInt8], to host: HostCall, at pointer: Int
    ) throws(HostFailure) -> [HostValue] {
        switch self {
        case .none: break
        case .bytes: try host.write(bytes, at: host.number(pointer))
        case .errorThen: try host.write(UInt32(0).littleEndianBytes + bytes, at: host.number(pointer))
        case .number(.i64): return [.i64(UInt64(littleEndianBytes: bytes))]
        case .number: return [.i32(UInt32(littleEndianBytes: bytes))]
        case .errorCode: return [.i32(0)]
        }
        return []
    }

    func give(
        _ code: ErrorCode, of name: String, to host: HostCall, at pointer: Int
    ) throws(HostFailure) -> [HostValue] {
        if case .errorThen(let size) = self {
            let zeros = [UInt8](repeating: 0, count: Int(size))
            try host.write(code.rawValue.littleEndianBytes + zeros, at: host.number(pointer))
            return []
        }
        if code == .unsupported { throw .ended(.unsupported(name)) }
        if case .errorCode = self { return [.i32(code.rawValue)] }
        throw .ended(.panic("\(name): \(code.message)"))
    }
}
