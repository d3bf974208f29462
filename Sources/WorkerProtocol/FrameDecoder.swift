import Foundation

/// Cuts a stream of bytes, as it arrives in pieces, into frames.
public struct FrameDecoder: Sendable {
    public let limits: FrameLimits
    private var bytes: [UInt8] = []
    /// What is before this index has been handed out.
    private var start = 0

    public init(limits: FrameLimits = .standard) { self.limits = limits }

    /// Whether the stream is inside a frame: if it ends now, something is lost.
    public var holdsPartOfFrame: Bool { start < bytes.count }

    public mutating func append(_ more: some Sequence<UInt8>) {
        if start > 0 {
            bytes.removeFirst(start)
            start = 0
        }
        bytes.append(contentsOf: more)
    }

    /// The next frame; nil until all of it has arrived.
    ///
    /// A header is judged as soon as it is there, before memory is spent on what it announces.
    public mutating func next() throws(FrameError) -> Frame? {
        guard bytes.count - start >= Frame.headerLength else { return nil }
        guard let kind = FrameKind(rawValue: field(at: 0)) else { throw .unknownKind(field(at: 0)) }
        let jsonLength = Int(field(at: 4))
        let attachmentLength = Int(field(at: 8))
        try limits.check(json: jsonLength, attachment: attachmentLength)
        let jsonStart = start + Frame.headerLength
        let attachmentStart = jsonStart + jsonLength
        let end = attachmentStart + attachmentLength
        guard bytes.count >= end else { return nil }
        let frame = Frame(
            kind: kind, json: Data(bytes[jsonStart..<attachmentStart]), attachment: Data(bytes[attachmentStart..<end]))
        start = end
        if start == bytes.count {
            // A large frame's memory is not kept for the small ones to come.
            bytes.removeAll(keepingCapacity: bytes.count <= 1 << 20)
            start = 0
        }
        return frame
    }

    private func field(at offset: Int) -> UInt32 {
        bytes[start + offset..<start + offset + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}
