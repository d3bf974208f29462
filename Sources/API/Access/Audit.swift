import HTTPServer
import Logging
import Pages

/// What is written to the log of those who change programs.
enum AuditedAction {
    case programUploaded, programDeleted
    case pageWritten(PageNumber)

    fileprivate var name: String {
        switch self {
        case .programUploaded: "program_uploaded"
        case .programDeleted: "program_deleted"
        case .pageWritten: "page_written"
        }
    }
}

extension API {
    /// To be called when the change is durable.
    func audit(_ action: AuditedAction, of program: String, _ request: HTTPRequest, _ caller: Caller) {
        request.notes.add("program", program)
        logger.notice(
            "audit",
            metadata: [
                "action": "\(action.name)", "program": "\(program)", "request_id": "\(request.requestID)",
            ].merging(action.details) { $1 }.merging(caller.token.map { ["token": "\($0)"] } ?? [:]) { $1 })
    }
}

extension AuditedAction {
    fileprivate var details: [String: Logger.MetadataValue] {
        if case .pageWritten(let page) = self { ["page": "\(page)"] } else { [:] }
    }
}
