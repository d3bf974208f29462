import Callbacks
import Foundation
import HTTPServer
import WorkerProtocol

/// A job as a client posts it, checked as far as it can be without the program.
struct JobSubmission: Sendable {
    /// Where in the body it stands, as a JSON pointer.
    var pointer: String
    var program: String
    var entry: String
    var args: [WasmNumber]
    var gasLimit: UInt64
    var commit: Bool
    var payload: Data
    var pages: PageDetail
    var timeoutMs: UInt64
    var context: StatedContext
    /// Where the job's end is to be told.
    var callbackURL: String?

    /// - Parameter allowsPageData: whether the answer may hold the written pages' bytes; it does so by default then.
    init(
        _ job: JSONValue, at pointer: String = "", limits: APIConfiguration.Limits, allowsPageData: Bool = true
    ) throws(HTTPError) {
        self.pointer = pointer
        var reader = try ObjectReader(job, at: pointer)
        reader.require("program")
        let program = reader.string("program")
        if let program, !Identifiers.isProgram(program) {
            reader.fault("program", "Expected \(Identifiers.programForm).")
        }
        self.program = program ?? ""
        let entry = reader.string("entry")
        if entry == "" { reader.fault("entry", "Expected the name of an exported function.") }
        self.entry = entry ?? "handle"
        args = Self.args(&reader)
        gasLimit = reader.integer("gas_limit", in: 0...APIConfiguration.Limits.largestGas) ?? limits.defaultGas
        commit = reader.bool("commit") ?? true
        payload = Self.payload(&reader, limit: limits.payloadBytes)
        pages = reader.choice("pages") ?? (allowsPageData ? .data : .numbers)
        if pages == .data, !allowsPageData {
            reader.fault("pages", "Expected numbers: the answer to a batch has no page data.")
        }
        timeoutMs = reader.integer("timeout_ms", in: 1...limits.largestTimeoutMs) ?? limits.defaultTimeoutMs
        callbackURL = reader.string("callback_url")
        let context = reader.object("context") ?? [:]
        try reader.finish()
        self.context = try Self.context(context, at: "\(pointer)/context")
    }

    /// - Throws: 422 `callback_not_allowed`.
    func check(_ policy: CallbackPolicy) throws(HTTPError) {
        guard let callbackURL, let refusal = policy.refusal(of: callbackURL) else { return }
        throw .unprocessable("callback_not_allowed", [.init(pointer: "\(pointer)/callback_url", detail: refusal)])
    }

    private static func args(_ reader: inout ObjectReader) -> [WasmNumber] {
        let values = reader.array("args") ?? []
        var args: [WasmNumber] = []
        for (index, value) in values.enumerated() {
            switch value {
            case .number(let number): args.append(number)
            case .string(let text):
                if let number = WasmNumber(text: text) { args.append(number) } else { fallthrough }
            default: reader.fault("args", index, "Expected a number, or an integer as a decimal string.")
            }
        }
        return args
    }

    /// Null is as good as nothing here, so that the context of a job can be posted again as it is.
    private static func context(
        _ members: [String: JSONValue], at pointer: String
    ) throws(HTTPError) -> StatedContext {
        var reader = try ObjectReader(.object(members.filter { $0.value != .null }), at: pointer)
        var context = StatedContext(&reader)
        let environment = reader.object("environment")
        try reader.finish()
        guard let environment else { return context }
        var inner = try ObjectReader(.object(environment), at: "\(pointer)/environment")
        context.environment = EnvironmentVariables(&inner)
        try inner.finish()
        return context
    }

    private static func payload(_ reader: inout ObjectReader, limit: Int) -> Data {
        let encoding: PayloadEncoding = reader.choice("payload_encoding") ?? .base64
        guard let text = reader.string("payload") else { return Data() }
        guard let payload = encoding.decode(text) else {
            reader.fault("payload", "Expected \(encoding.form).")
            return Data()
        }
        if payload.count > limit { reader.fault("payload", "Expected at most \(limit) bytes, found \(payload.count).") }
        return payload
    }
}

/// How a payload is written in JSON.
public enum PayloadEncoding: String, CaseIterable, Sendable {
    case base64, hex, utf8

    /// What is expected, for a sentence.
    public var form: String {
        switch self {
        case .base64: "base64 (RFC 4648, padded)"
        case .hex: "an even number of hex digits, with or without 0x before them"
        case .utf8: "text"
        }
    }

    /// Nil if the text is not so encoded.
    public func decode(_ text: String) -> Data? {
        switch self {
        case .base64: Data(base64Encoded: text)
        case .hex: Self.bytes(hex: text.hasPrefix("0x") ? text.dropFirst(2) : text[...])
        case .utf8: Data(text.utf8)
        }
    }

    private static func bytes(hex: Substring) -> Data? {
        let digits = hex.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == hex.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
        return Data(stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) })
    }
}
