import Foundation

/// Why a frame is not the message that it should be.
public enum MessageError: Error, Equatable, Sendable {
    /// The frame is of a kind that the other side sends.
    case unexpected(FrameKind)
    case malformed(String)
}

extension WorkerCommand {
    public func frame() throws(MessageError) -> Frame {
        switch self {
        case .run(let orders):
            var packed = PackedWriter()
            packed.write(orders.count)
            for order in orders {
                packed.write(order.request.bytes.count)
                order.terms.write(to: &packed)
            }
            let requests = orders.reduce(into: Data()) { $0.append(contentsOf: $1.request.bytes) }
            return Frame(kind: .run, json: Data(packed.bytes), attachment: requests)
        case .inspect(let code, let isText):
            return Frame(kind: .inspect, json: try encode(InspectPart(isText: isText)), attachment: code)
        }
    }

    public init(_ frame: Frame) throws(MessageError) {
        switch frame.kind {
        case .run:
            self = .run(try Self.orders(frame))
        case .inspect:
            self = .inspect(code: frame.attachment, isText: try decode(InspectPart.self, frame).isText)
        default:
            throw .unexpected(frame.kind)
        }
    }
}

extension WorkerCommand {
    private static func orders(_ frame: Frame) throws(MessageError) -> [JobOrder] {
        var packed = PackedReader([UInt8](frame.json))
        var rest = frame.attachment[...]
        var orders: [JobOrder] = []
        for _ in 0..<(try packed.int()) {
            let size = try packed.int()
            guard size >= 0, size <= rest.count else { throw .malformed("a request is too short") }
            orders.append(JobOrder(StoredRequest(bytes: [UInt8](rest.prefix(size))), try RunTerms(&packed)))
            rest = rest.dropFirst(size)
        }
        try packed.finish()
        guard rest.isEmpty, !orders.isEmpty else { throw .malformed("requests that do not fit their list") }
        return orders
    }
}

extension WorkerAnswer {
    public func frame() throws(MessageError) -> Frame {
        switch self {
        case .ready: return Frame(kind: .ready)
        case .job(let report, let keeping): return report.frame(keeping)
        case .module(let module):
            let attachment = module.meteredForms.reduce(into: Data(module.code)) { $0.append(contentsOf: $1.code) }
            return Frame(kind: .module, json: try encode(ModulePart(module)), attachment: attachment)
        case .refused(let refusal):
            return Frame(kind: .refused, json: try encode(refusal))
        }
    }

    public init(_ frame: Frame) throws(MessageError) {
        switch frame.kind {
        case .ready: self = .ready
        case .job:
            let (report, keeping) = try JobReport.read(frame)
            self = .job(report, keeping)
        case .module:
            self = .module(try decode(ModulePart.self, frame).module(code: frame.attachment))
        case .refused:
            self = .refused(try decode(ModuleRefusal.self, frame))
        default:
            throw .unexpected(frame.kind)
        }
    }
}

extension RunTerms {
    fileprivate func write(to packed: inout PackedWriter) {
        packed.write(queuedUs)
        packed.write(optional: claim) { $0.write($1) }
        packed.write(Int(clockAheadMs))
        packed.write(optional: knownVersion) { $0.write(Int($1)) }
    }

    fileprivate init(_ packed: inout PackedReader) throws(MessageError) {
        let queuedUs = try packed.number()
        let claim = try packed.optional { reader throws(MessageError) in Data(try reader.data()) }
        let ahead = Int64(try packed.int())
        let version = try packed.optional { reader throws(MessageError) in Int64(try reader.int()) }
        self.init(queuedUs: queuedUs, claim: claim, clockAheadMs: ahead, knownVersion: version)
    }
}

private struct InspectPart: Codable {
    var isText: Bool
}

/// A module without its bytes: first the upload's own, then those of its metered forms.
private struct ModulePart: Codable {
    private struct Form: Codable {
        var name: String
        var weightsVersion: Int
        var size: Int
    }

    private var description: ModuleDescription
    private var size: Int
    private var forms: [Form]

    init(_ module: InspectedModule) {
        description = module.description
        size = module.code.count
        forms = module.meteredForms.map {
            Form(name: $0.name, weightsVersion: $0.weightsVersion, size: $0.code.count)
        }
    }

    func module(code: Data) throws(MessageError) -> InspectedModule {
        var rest = code[...]
        func take(_ size: Int) throws(MessageError) -> [UInt8] {
            guard size >= 0, size <= rest.count else { throw .malformed("a module's code is too short") }
            defer { rest = rest.dropFirst(size) }
            return [UInt8](rest.prefix(size))
        }
        var module = InspectedModule(description: description, code: try take(size), meteredForms: [])
        for form in forms {
            module.meteredForms.append(
                MeteredForm(name: form.name, weightsVersion: form.weightsVersion, code: try take(form.size)))
        }
        guard rest.isEmpty else { throw .malformed("a module's code is too long") }
        return module
    }
}

// Keys stay as they are in Swift: nobody but the other end reads them, and converting them takes half of the time.

func encode(_ part: some Encodable) throws(MessageError) -> Data {
    do { return try JSONEncoder().encode(part) } catch { throw .malformed("\(error)") }
}

func decodePart<Part: Decodable>(_ type: Part.Type, _ json: Data) throws(MessageError) -> Part {
    do { return try JSONDecoder().decode(type, from: json) } catch { throw .malformed("\(error)") }
}

private func decode<Part: Decodable>(_ type: Part.Type, _ frame: Frame) throws(MessageError) -> Part {
    try decodePart(type, frame.json)
}
