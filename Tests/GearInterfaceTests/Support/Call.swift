import ProgramRuntime
import Testing
import WorkerProtocol

/// A call that a test's program makes, with arguments that stand in its code.
struct Call: Sendable {
    var name: String
    var arguments: [HostValue]
    var result: WasmNumberType?
    /// The arguments that are pointers, with the number of bytes that they point at.
    var pointers: [Int: UInt32]

    init(_ name: String, _ arguments: HostValue..., pointers: [Int: UInt32] = [:], result: WasmNumberType? = nil) {
        self.name = name
        self.arguments = arguments
        self.pointers = pointers
        self.result = result
    }

    func with(_ value: HostValue, at index: Int) -> Call {
        var call = self
        call.arguments[index] = value
        return call
    }
}

extension HostValue: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: UInt32) { self = .i32(value) }
}

extension Call: CustomTestStringConvertible {
    var testDescription: String { name }

    /// The import in the text format, under a number.
    func importText(_ index: Int) -> String {
        let params = arguments.map(\.type.rawValue).joined(separator: " ")
        let result = result.map { " (result \($0.rawValue))" } ?? ""
        return "(import \"env\" \"\(name)\" (func $f\(index) (param \(params))\(result)))"
    }

    /// The call in the text format; a result goes to memory.
    func callText(_ index: Int, resultAt address: Int) -> String {
        let arguments = arguments.map { argument in
            switch argument {
            case .i32(let number): "(i32.const \(number))"
            case .i64(let number): "(i64.const \(number))"
            case .f32, .f64: preconditionFailure("no function takes floating-point numbers")
            }
        }
        let call = "(call $f\(index) \(arguments.joined(separator: " ")))"
        return result.map { "(\($0.rawValue).store (i32.const \(address)) \(call))" } ?? call
    }
}
