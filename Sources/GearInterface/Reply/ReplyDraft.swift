import Foundation
import WorkerProtocol

/// The reply that a program puts together, and the one that it sent.
struct ReplyDraft {
    private let messageId: Bytes32
    /// A reply or a signal is not replied to.
    private let isAllowed: Bool
    private var payload: [UInt8] = []
    private(set) var sent: Reply?

    init(context: JobContext) {
        messageId = context.messageId
        isAllowed = context.replyTo == nil && context.signalFrom == nil
    }

    mutating func push(_ bytes: [UInt8]) throws(CallFailure) {
        guard isAllowed else { throw .code(.replyNotAllowedHere) }
        guard sent == nil else { throw .code(.alreadySent) }
        guard payload.count + bytes.count <= Limits.payload else { throw .code(.messageTooLarge) }
        payload += bytes
    }

    /// Sends what was pushed and the last bytes.
    /// - Returns: the reply's id.
    mutating func send(_ bytes: [UInt8], _ payment: Payment) throws(CallFailure) -> Bytes32 {
        guard isAllowed else { throw .code(.replyNotAllowedHere) }
        guard sent == nil else { throw .code(.duplicateReply) }
        guard payload.count + bytes.count <= Limits.payload else { throw .code(.messageTooLarge) }
        sent = Reply(payload: Data(payload + bytes), value: Amount(payment.value), gasLimit: payment.gasLimit)
        return .generated(by: messageId, nonce: Self.nonce)
    }

    /// No handle of a message is so large.
    private static let nonce: UInt32 = .max
}
