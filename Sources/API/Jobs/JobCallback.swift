import HTTPServer
import PageStorage
import WorkerProtocol

/// A job's callback as clients see it.
struct CallbackDocument: Encodable {
    var url: String
    var state: String
    var attempts: Int
    /// Of the last attempt, if the receiver answered it.
    @ExplicitNull var lastStatus: Int?
    @ExplicitNull var lastError: String?

    init(_ record: CallbackRecord) {
        url = record.url
        state = record.state.rawValue
        attempts = record.attempts
        lastStatus = record.lastAttempt?.status
        lastError = record.lastAttempt?.failure
    }
}

extension StorageAccess {
    /// A job's document with its callback, which changes when the job does not any more, so that it is kept beside it.
    /// - Parameter mayHaveOne: false spares the question.
    func addingCallback(to document: [UInt8], of job: String, mayHaveOne: Bool) async throws -> [UInt8] {
        var callback: CallbackRecord?
        if mayHaveOne {
            callback = try await self { (storage) throws(StorageError) in try storage.callback(of: job) }
        }
        let value = try callback.map { Array(try JSONCoding.encode(CallbackDocument($0))) } ?? Array("null".utf8)
        // The document is an object that is not empty.
        var whole: [UInt8] = []
        whole.reserveCapacity(document.count + value.count + 16)
        whole += document[..<(document.count - 1)]
        whole += #","callback":"#.utf8
        whole += value
        whole.append(UInt8(ascii: "}"))
        return whole
    }
}
