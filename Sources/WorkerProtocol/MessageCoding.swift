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
        case .run(let request, let terms):
            return Frame(kind: .run, json: try encode(terms), attachment: Data(request.bytes))
        case .inspect(let code, let isText):
            return Frame(kind: .inspect, json: try encode(InspectPart(isText: isText)), attachment: code)
        }
    }

    public init(_ frame: Frame) throws(MessageError) {
        switch frame.kind {
        case .run:
            self = .run(StoredRequest(bytes: [UInt8](frame.attachment)), try decode(RunTerms.self, frame))
        case .inspect:
            self = .inspect(code: frame.attachment, isText: try decode(InspectPart.self, frame).isText)
        default:
            throw .unexpected(frame.kind)
        }
    }
}

extension WorkerAnswer {
    public func frame() throws(MessageError) -> Frame {
        switch self {
        case .ready: return Frame(kind: .ready)
        case .started(let factor):
            return Frame(kind: .started, json: try encode(StartedPart(timeoutFactor: factor)))
        case .executed: return Frame(kind: .executed)
        case .job(let job, let keeping):
            let part = JobPart(job, keeping)
            let data = job.writeAccessedPages.reduce(into: Data()) { $0.append($1.data ?? Data()) }
            return Frame(kind: .job, json: try encode(part), attachment: data)
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
        case .started:
            self = .started(timeoutFactor: try decode(StartedPart.self, frame).timeoutFactor)
        case .executed: self = .executed
        case .job:
            let part = try decode(JobPart.self, frame)
            self = .job(try part.job(pageData: frame.attachment), part.keeping)
        case .module:
            self = .module(try decode(ModulePart.self, frame).module(code: frame.attachment))
        case .refused:
            self = .refused(try decode(ModuleRefusal.self, frame))
        default:
            throw .unexpected(frame.kind)
        }
    }
}

private struct StartedPart: Codable {
    var timeoutFactor: Int
}

private struct InspectPart: Codable {
    var isText: Bool
}

/// A job without what travels in another form: its page data, of which only the lengths are here, and its results.
private struct JobPart: Codable {
    private var stripped: Job
    private var results: [ExactNumber]
    /// For every write-accessed page, in order; nil where the job has no data for it.
    private var pageDataLengths: [Int?]
    var keeping: JobKeeping

    init(_ job: Job, _ keeping: JobKeeping) {
        stripped = job.withoutPageData
        stripped.results = []
        results = job.results.map(ExactNumber.init)
        pageDataLengths = job.writeAccessedPages.map { $0.data?.count }
        self.keeping = keeping
    }

    func job(pageData: Data) throws(MessageError) -> Job {
        var job = stripped
        job.results = results.map(\.number)
        guard pageDataLengths.count == job.writeAccessedPages.count else {
            throw .malformed("\(pageDataLengths.count) lengths for \(job.writeAccessedPages.count) pages")
        }
        var rest = pageData[...]
        for (index, length) in pageDataLengths.enumerated() {
            guard let length else { continue }
            guard length >= 0, length <= rest.count else { throw .malformed("page data is too short") }
            job.writeAccessedPages[index].data = Data(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        guard rest.isEmpty else { throw .malformed("page data is too long") }
        return job
    }
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
