import Digests
import Foundation
import ProgramRuntime
import WorkerProtocol

/// The messages that a program began, and those that it sent.
struct Outbox {
    private let messageId: Bytes32
    /// By handle; nil once a message is sent.
    private var payloads: [[UInt8]?] = []
    /// Of all that was ever added to a message.
    private var byteCount = 0
    private(set) var sent: [Message] = []

    init(messageId: Bytes32) { self.messageId = messageId }

    /// - Returns: the new message's handle.
    mutating func begin() throws(CallFailure) -> UInt32 {
        guard payloads.count < Limits.messages else { throw .code(.tooManyMessages) }
        payloads.append([])
        return UInt32(payloads.count - 1)
    }

    /// Adds to the payload of a message that is not sent yet.
    mutating func push(_ bytes: [UInt8], to handle: UInt32) throws(CallFailure) {
        let index = try index(of: handle)
        guard byteCount + bytes.count <= Limits.messageBytes else { throw .code(.tooManyMessageBytes) }
        guard (payloads[index]?.count ?? 0) + bytes.count <= Limits.payload else { throw .code(.messageTooLarge) }
        payloads[index]?.append(contentsOf: bytes)
        byteCount += bytes.count
    }

    /// - Returns: the message's id.
    mutating func send(
        _ handle: UInt32, to destination: Bytes32, _ payment: Payment, delay: UInt32
    ) throws(CallFailure) -> Bytes32 {
        let index = try index(of: handle)
        let id = Bytes32.generated(by: messageId, nonce: handle)
        sent.append(
            Message(
                id: id, destination: destination, payload: Data(payloads[index] ?? []), value: Amount(payment.value),
                gasLimit: payment.gasLimit, delay: delay))
        payloads[index] = nil as [UInt8]?
        return id
    }

    private func index(of handle: UInt32) throws(CallFailure) -> Int {
        guard handle < payloads.count else { throw .code(.unknownHandle) }
        guard payloads[Int(handle)] != nil else { throw .code(.alreadySent) }
        return Int(handle)
    }
}

extension Bytes32 {
    /// The id of a message that the handling of another brings forth: the SHA-256 of the other's id and a number.
    static func generated(by messageId: Bytes32, nonce: UInt32) -> Bytes32 {
        Bytes32(behindZeros: SHA256Digest.of(messageId.bytes + nonce.littleEndianBytes))
    }
}
