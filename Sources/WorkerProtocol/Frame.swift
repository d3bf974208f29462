import Foundation

/// The unit in which server and worker talk over their stream socket: a kind, a part in JSON or packed, and bytes that would only
/// grow if they were put into JSON.
///
/// On the wire: kind, length of the JSON part and length of the attachment as little-endian 32-bit numbers, then the
/// JSON part, then the attachment.
public struct Frame: Equatable, Sendable {
    public var kind: FrameKind
    public var json: Data
    public var attachment: Data

    static let headerLength = 12

    public init(kind: FrameKind, json: Data = Data(), attachment: Data = Data()) {
        self.kind = kind
        self.json = json
        self.attachment = attachment
    }

    /// The frame as it goes over the wire.
    /// - Throws: `jsonTooLong` or `attachmentTooLong`, so that what is sent can always be read.
    public func encoded(limits: FrameLimits = .standard) throws(FrameError) -> [UInt8] {
        try limits.check(json: json.count, attachment: attachment.count)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.headerLength + json.count + attachment.count)
        for field in [kind.rawValue, UInt32(json.count), UInt32(attachment.count)] {
            withUnsafeBytes(of: field.littleEndian) { bytes.append(contentsOf: $0) }
        }
        bytes.append(contentsOf: json)
        bytes.append(contentsOf: attachment)
        return bytes
    }
}

/// What a frame says. Commands and answers have numbers of their own, so that neither is ever taken for the other.
public enum FrameKind: UInt32, Sendable, CaseIterable {
    case run = 0x0101
    case inspect = 0x0102
    case ready = 0x0201
    case job = 0x0202
    case module = 0x0203
    case refused = 0x0204
}

/// The largest parts that a reader takes, in bytes.
public struct FrameLimits: Sendable {
    public var json: Int
    public var attachment: Int

    public init(json: Int, attachment: Int) {
        self.json = json
        self.attachment = attachment
    }

    /// Room for a job that wrote 65,536 pages.
    public static let standard = FrameLimits(json: 64 << 20, attachment: 1 << 30)

    func check(json length: Int, attachment attachmentLength: Int) throws(FrameError) {
        guard length <= json else { throw .jsonTooLong(length, limit: json) }
        guard attachmentLength <= attachment else { throw .attachmentTooLong(attachmentLength, limit: attachment) }
    }
}

/// Why bytes are no frame. The stream cannot be read any further after it.
public enum FrameError: Error, Equatable, Sendable {
    case unknownKind(UInt32)
    case jsonTooLong(Int, limit: Int)
    case attachmentTooLong(Int, limit: Int)
}
