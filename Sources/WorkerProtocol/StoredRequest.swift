import Foundation

/// A job's request as the queue keeps it and a worker gets it: written once, when the job is accepted.
public struct StoredRequest: Sendable, Equatable {
    public var bytes: [UInt8]

    /// The form of the bytes: the first, or with an origin behind it the second. A server that does not know it leaves the
    /// job to others.
    private enum Form {
        static let withoutOrigin: UInt64 = 1
        static let withOrigin: UInt64 = 2
    }

    /// - Parameter bytes: as `init(_:)` made them; `request()` says if not.
    public init(bytes: [UInt8]) { self.bytes = bytes }

    public init(_ request: JobRequest) throws(MessageError) {
        var packed = PackedWriter()
        packed.write(request.origin == nil ? Form.withoutOrigin : Form.withOrigin)
        packed.write(request.id)
        packed.write(request.program)
        packed.write(optional: request.programKey) { $0.write($1) }
        packed.write(request.entry)
        packed.write(request.args.count)
        for number in request.args { packed.write(number) }
        packed.write(request.gasLimit)
        packed.write(request.commit)
        packed.write(request.pages.rawValue)
        packed.write(request.timeoutMs)
        packed.write(Int(request.createdAt.milliseconds))
        // Few jobs state any of it, and they need not be the fastest.
        let context = request.context == StatedContext() ? Data() : try encode(request.context)
        packed.write(context)
        packed.write(request.payload)
        if let origin = request.origin { packed.write(origin) }
        bytes = packed.bytes
    }

    public func request() throws(MessageError) -> JobRequest {
        var packed = PackedReader(bytes)
        let form = try packed.number()
        guard [Form.withoutOrigin, Form.withOrigin].contains(form) else {
            throw .malformed("a request of the unknown form \(form)")
        }
        let (id, program) = (try packed.text(), try packed.text())
        let key = try packed.optional { reader throws(MessageError) in Data(try reader.data()) }
        let entry = try packed.text()
        var args: [WasmNumber] = []
        for _ in 0..<(try packed.int()) { args.append(try packed.wasmNumber()) }
        let gasLimit = try packed.number()
        let commit = try packed.flag()
        let pages = try packed.name(PageDetail.self)
        let timeoutMs = try packed.number()
        let createdAt = Timestamp(milliseconds: Int64(try packed.int()))
        let context = Data(try packed.data())
        let payload = Data(try packed.data())
        let origin = form == Form.withOrigin ? try packed.origin() : nil
        try packed.finish()
        return JobRequest(
            id: id, program: program, programKey: key, entry: entry, args: args, gasLimit: gasLimit, commit: commit,
            payload: payload, context: context.isEmpty ? StatedContext() : try decodePart(StatedContext.self, context),
            pages: pages, timeoutMs: timeoutMs, createdAt: createdAt, origin: origin)
    }
}

extension PackedWriter {
    /// Bit by bit: the form that clients see cannot tell 1e17 from 100000000000000000, nor one NaN from another.
    fileprivate mutating func write(_ number: WasmNumber) {
        switch number {
        case .integer(let value):
            write(0)
            write(UInt64(bitPattern: value))
        case .unsigned(let value):
            write(1)
            write(value)
        case .float(let value):
            write(2)
            write(value.bitPattern)
        }
    }
}

extension PackedReader {
    fileprivate mutating func wasmNumber() throws(MessageError) -> WasmNumber {
        let (kind, bits) = (try int(), try number())
        switch kind {
        case 0: return .integer(Int64(bitPattern: bits))
        case 1: return .unsigned(bits)
        case 2: return .float(Double(bitPattern: bits))
        default: throw .malformed("a number of the unknown kind \(kind)")
        }
    }
}
