import HTTPServer
import WorkerProtocol

/// The problems that this layer reports, one function a kind; the codes are those of the API's table.
extension HTTPError {
    /// One answer names no more faults than this: a small body can hold thousands.
    static let mostErrors = 100

    static func invalidJSON(_ detail: String) -> HTTPError {
        HTTPError(status: 400, code: "invalid_json", detail: detail)
    }

    static func unsupportedMediaType(_ detail: String) -> HTTPError {
        HTTPError(status: 415, code: "unsupported_media_type", detail: detail)
    }

    /// A field of the wrong type, range or form.
    static func invalidRequest(_ faults: [ObjectReader.Fault]) -> HTTPError {
        unprocessable("invalid_request", faults)
    }

    static func invalidRequest(_ pointer: String, _ detail: String) -> HTTPError {
        invalidRequest([ObjectReader.Fault(pointer: pointer, detail: detail)])
    }

    static func unknownField(_ faults: [ObjectReader.Fault]) -> HTTPError { unprocessable("unknown_field", faults) }

    /// A 422 whose detail repeats the first fault, so that it is of use even where only the detail is shown.
    static func unprocessable(_ code: String, _ faults: [ObjectReader.Fault]) -> HTTPError {
        let detail = faults.first.map { "\($0.pointer.isEmpty ? "The body" : $0.pointer): \($0.detail)" } ?? ""
        let errors = faults.prefix(mostErrors).map { HTTPError.Violation(pointer: $0.pointer, detail: $0.detail) }
        return HTTPError(status: 422, code: code, detail: detail, errors: errors)
    }

    static func unprocessable(_ code: String, _ detail: String) -> HTTPError {
        HTTPError(status: 422, code: code, detail: detail)
    }

    /// A 422 that names everything that is wrong with a module.
    static func moduleRefused(_ refusal: ModuleRefusal) -> HTTPError {
        let errors = refusal.faults.map { Violation(offset: $0.offset, code: $0.code, detail: $0.message) }
        return HTTPError(status: 422, code: refusal.code, detail: refusal.message, errors: errors)
    }

    static func programNotFound(_ id: String) -> HTTPError {
        HTTPError(status: 404, code: "program_not_found", detail: "There is no program \(quoted(id)).")
    }

    static func jobNotFound(_ id: String) -> HTTPError {
        HTTPError(status: 404, code: "job_not_found", detail: "There is no job \(quoted(id)).")
    }

    static func pageNotStored(_ page: String) -> HTTPError {
        HTTPError(
            status: 404, code: "page_not_stored",
            detail: "No bytes are stored for page \(page): it holds what the module itself puts there.")
    }

    static func later(_ code: String, _ detail: String, retryAfter seconds: Int) -> HTTPError {
        HTTPError(status: 503, code: code, detail: detail, headers: ["Retry-After": String(seconds)])
    }

    static let storageUnavailable = later(
        "storage_unavailable", "The storage does not answer; try again later.", retryAfter: 5)

    static let internalError = HTTPError(
        status: 500, code: "internal_error", detail: "The service made a mistake; the log has the request's id.")

    /// What a caller sent, fit for a sentence.
    static func quoted(_ text: String) -> String {
        let shown = text.unicodeScalars.prefix(64).map { $0.properties.isPrintable ? String($0) : "\u{FFFD}" }
        return "“\(shown.joined())\(text.unicodeScalars.count > 64 ? "…" : "")”"
    }
}

extension Unicode.Scalar.Properties {
    var isPrintable: Bool {
        switch generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}
