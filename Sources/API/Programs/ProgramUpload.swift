import Foundation
import HTTPServer

/// The body of `POST /v1/programs` in any of its three media types, checked as far as it can be without the module.
struct ProgramUpload {
    static let mediaTypes = ["application/wasm", "text/plain", "application/json"]
    static let mostLabels = 32
    static let longestLabelName = 63
    static let longestLabelValue = 255

    /// The caller's choice, if there is one.
    var id: String?
    var code: [UInt8]
    /// Whether `code` is in the text format.
    var isText: Bool
    /// In WebAssembly pages, for modules that do not export `__gear_stack_end`.
    var stackEnd: UInt32?
    var labels: [String: String] = [:]

    /// - Throws: 415, 413, 400 `invalid_json`, or 422 `invalid_request`, `unknown_field`, `module_too_large`.
    static func read(_ request: HTTPRequest, limits: APIConfiguration.Limits) async throws(HTTPError) -> ProgramUpload {
        let type = try MediaType.of(request, supported: mediaTypes)
        let upload =
            type == "application/json"
            ? try await inJSON(request, limits: limits) : try await bare(request, isText: type == "text/plain")
        guard upload.code.count <= limits.moduleBytes else {
            let detail = "The module has \(upload.code.count) bytes; the limit is \(limits.moduleBytes)."
            throw .unprocessable("module_too_large", detail)
        }
        return upload
    }

    /// The module itself is the body, and its id a parameter.
    private static func bare(_ request: HTTPRequest, isText: Bool) async throws(HTTPError) -> ProgramUpload {
        let query = try Query(request, known: ["id"])
        let id = try query.value("id", expected: Identifiers.programForm) { Identifiers.isProgram($0) ? $0 : nil }
        return ProgramUpload(id: id, code: try await request.body.collect(), isText: isText)
    }

    private static func inJSON(
        _ request: HTTPRequest, limits: APIConfiguration.Limits
    ) async throws(HTTPError) -> ProgramUpload {
        _ = try Query(request)
        return try ProgramUpload(try JSONValue(parsing: try await request.body.collect()), limits: limits)
    }

    private init(id: String?, code: [UInt8], isText: Bool) {
        self.id = id
        self.code = code
        self.isText = isText
    }

    init(_ body: JSONValue, limits: APIConfiguration.Limits) throws(HTTPError) {
        var reader = try ObjectReader(body)
        id = reader.string("id")
        if let id, !Identifiers.isProgram(id) { reader.fault("id", "Expected \(Identifiers.programForm).") }
        let binary = reader.string("code")
        let text = reader.string("wat")
        stackEnd = reader.integer("stack_end", in: 0...UInt64(limits.memoryPages)).map(UInt32.init)
        labels = Self.labels(&reader)
        switch (binary, text) {
        case (let binary?, nil):
            let decoded = Data(base64Encoded: binary)
            if decoded == nil { reader.fault("code", "Expected base64 (RFC 4648, padded).") }
            code = Array(decoded ?? Data())
        case (nil, let text?): code = Array(text.utf8)
        case (.some, .some):
            reader.fault("wat", "Expected either code or wat, found both.")
            code = []
        case (nil, nil):
            reader.fault("code", "Expected the module here in base64, or as text in wat.")
            code = []
        }
        isText = text != nil
        try reader.finish()
    }

    private static func labels(_ reader: inout ObjectReader) -> [String: String] {
        guard let found = reader.object("labels") else { return [:] }
        if found.count > mostLabels { reader.fault("labels", "Expected at most \(mostLabels) labels.") }
        var labels: [String: String] = [:]
        for (name, value) in found {
            guard isPlain(name, longest: longestLabelName), !name.isEmpty else {
                reader.fault("labels", "Expected names of 1 to \(longestLabelName) printable characters.")
                continue
            }
            guard case .string(let text) = value, isPlain(text, longest: longestLabelValue) else {
                reader.fault("labels", "Expected values of at most \(longestLabelValue) printable characters.")
                continue
            }
            labels[name] = text
        }
        return labels
    }

    private static func isPlain(_ text: String, longest: Int) -> Bool {
        text.unicodeScalars.count <= longest && text.unicodeScalars.allSatisfy(\.properties.isPrintable)
    }
}
