/// Why a module cannot be metered, and where it says so.
public struct MeteringError: Error, Equatable, CustomStringConvertible {
    public let reason: Reason
    /// Byte offset in the binary module.
    public let offset: Int

    public enum Reason: Equatable, Sendable {
        // What is not WebAssembly.
        case notAModule
        case unsupportedVersion(UInt32)
        case unexpectedEnd
        case integerTooLong
        case integerTooLarge
        case nameNotUTF8
        case malformedType(UInt8)
        case malformedImport(kind: UInt8)
        case malformedExport(kind: UInt8)
        case malformedMutability(UInt8)
        case unknownSection(UInt8)
        case sectionOutOfOrder(String)
        case duplicateSection(String)
        case trailingBytes(String)
        case malformedElementSegment(flags: UInt32)
        case indexOutOfRange(IndexSpace, UInt32)
        case labelOutOfRange(UInt32)
        case elseWithoutIf
        case missingEnd
        case functionCountMismatch(declared: Int, defined: Int)
        case unknownInstruction(code: UInt32)

        // What is WebAssembly, but not served.
        case unsupportedInstruction(code: UInt32, proposal: String)
        case unsupportedFeature(String)
        case notConstant(String)

        // What leaves no room for the metering.
        case tooLarge(String, limit: Int)
        case reservedExport(String)
    }

    /// What is numbered, and what the metering appends to.
    public enum IndexSpace: Equatable, Sendable { case type, function, global, local }

    init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    public var description: String { "\(reason.description) (at offset \(offset))" }
}

extension MeteringError.Reason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notAModule: "the bytes are not a WebAssembly module"
        case .unsupportedVersion(let version): "version \(version) of the binary format is not served"
        case .unexpectedEnd: "the bytes end too early"
        case .integerTooLong: "an integer has too many bytes"
        case .integerTooLarge: "an integer is too large"
        case .nameNotUTF8: "a name is not UTF-8"
        case .malformedType(let byte): "\(hexadecimal(byte)) is not a type"
        case .malformedImport(let kind): "\(hexadecimal(kind)) is not a kind of import"
        case .malformedExport(let kind): "\(hexadecimal(kind)) is not a kind of export"
        case .malformedMutability(let byte): "\(hexadecimal(byte)) is not a mutability"
        case .unknownSection(let id): "there is no section \(id)"
        case .sectionOutOfOrder(let section): "the \(section) section is out of order"
        case .duplicateSection(let section): "there is a second \(section) section"
        case .trailingBytes(let place): "the \(place) goes on after its contents"
        case .malformedElementSegment(let flags): "\(hexadecimal(flags)) is not a kind of element segment"
        case .indexOutOfRange(let space, let index): "there is no \(space) \(index)"
        case .labelOutOfRange(let label): "label \(label) is out of range"
        case .elseWithoutIf: "an else belongs to no if"
        case .missingEnd: "a function has too few ends"
        case .functionCountMismatch(let declared, let defined):
            "\(declared) functions are declared and \(defined) are defined"
        case .unknownInstruction(let code): "\(hexadecimal(code)) is not an instruction"
        case .unsupportedInstruction(let code, let proposal):
            "\(hexadecimal(code)) is an instruction of the \(proposal) proposal, which is not served"
        case .unsupportedFeature(let feature): "\(feature) is not served"
        case .notConstant(let instruction): "\(instruction) is not a constant instruction"
        case .tooLarge(let what, let limit): "\(what) is too large; with the metering the limit is \(limit)"
        case .reservedExport(let name): "the export \(name) is the metering's own, or a mutable i64 global"
        }
    }
}

private func hexadecimal(_ value: some BinaryInteger) -> String { "0x" + String(value, radix: 16) }
