import Foundation
import Testing

@testable import WorkerProtocol

@Suite("Frames are cut out of a stream")
struct FrameDecoderTests {
    static let frames = [
        Frame(kind: .ready),
        Frame(kind: .job, json: Data("{\"a\":1}".utf8), attachment: Data(0...255)),
        Frame(kind: .run, json: Data("{}".utf8)),
        Frame(kind: .module, attachment: Data([7])),
    ]

    @Test(
        "every frame comes out as it went in, however the stream is cut", arguments: [1, 2, 3, 11, 12, 13, 100, 1000])
    func pieces(size: Int) throws {
        let stream = try Self.frames.flatMap { try $0.encoded() }
        var decoder = FrameDecoder()
        var decoded: [Frame] = []
        for start in stride(from: 0, to: stream.count, by: size) {
            decoder.append(stream[start..<min(start + size, stream.count)])
            while let frame = try decoder.next() { decoded.append(frame) }
        }
        #expect(decoded == Self.frames)
        #expect(!decoder.holdsPartOfFrame)
    }

    @Test("a frame that is one byte short is not there yet")
    func short() throws {
        let bytes = try Self.frames[1].encoded()
        for count in 0..<bytes.count {
            var decoder = FrameDecoder()
            decoder.append(bytes[..<count])
            #expect(try decoder.next() == nil)
            #expect(decoder.holdsPartOfFrame == (count > 0))
        }
    }

    @Test("the wire form is fixed: kind and two lengths in little-endian, JSON, attachment")
    func wireForm() throws {
        let frame = Frame(kind: .job, json: Data("[]".utf8), attachment: Data(repeating: 9, count: 258))
        let bytes = try frame.encoded()
        #expect(Array(bytes[..<14]) == [2, 2, 0, 0, 2, 0, 0, 0, 2, 1, 0, 0, 0x5B, 0x5D])
        #expect(bytes.count == 12 + 2 + 258)
    }

    @Test("announced lengths over the limits are refused from the header alone")
    func oversize() throws {
        let limits = FrameLimits(json: 10, attachment: 20)
        let fits = Frame(kind: .job, json: Data(count: 10), attachment: Data(count: 20))
        var decoder = FrameDecoder(limits: limits)
        decoder.append(try fits.encoded())
        #expect(try decoder.next() == fits)

        let longJSON = try Frame(kind: .job, json: Data(count: 11)).encoded()
        decoder.append(longJSON[..<12])
        #expect(throws: FrameError.jsonTooLong(11, limit: 10)) { try decoder.next() }

        decoder = FrameDecoder(limits: limits)
        decoder.append(try Frame(kind: .job, attachment: Data(count: 21)).encoded()[..<12])
        #expect(throws: FrameError.attachmentTooLong(21, limit: 20)) { try decoder.next() }
    }

    @Test("what the other side would refuse is not sent")
    func oversizeOnSending() {
        let limits = FrameLimits(json: 10, attachment: 20)
        #expect(throws: FrameError.jsonTooLong(11, limit: 10)) {
            try Frame(kind: .job, json: Data(count: 11)).encoded(limits: limits)
        }
        #expect(throws: FrameError.attachmentTooLong(21, limit: 20)) {
            try Frame(kind: .job, attachment: Data(count: 21)).encoded(limits: limits)
        }
    }

    @Test("bytes that are no frame are refused")
    func garbage() {
        var decoder = FrameDecoder()
        decoder.append(Array("HTTP/1.1 200 OK\r\n".utf8))
        #expect(throws: FrameError.unknownKind(0x5054_5448)) { try decoder.next() }
        var zeros = FrameDecoder()
        zeros.append([UInt8](repeating: 0, count: 12))
        #expect(throws: FrameError.unknownKind(0)) { try zeros.next() }
    }

    @Test("random bytes are taken for frames or refused, never crash, and never cost memory that did not arrive")
    func randomBytes() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            var decoder = FrameDecoder()
            var bytes = (0..<Int.random(in: 0..<64)).map { _ in UInt8.random(in: 0...255, using: &random) }
            if bytes.count >= 12, let kind = FrameKind.allCases.randomElement() {
                bytes.replaceSubrange(0..<4, with: [UInt8(kind.rawValue & 255), UInt8(kind.rawValue >> 8), 0, 0])
            }
            decoder.append(bytes)
            let frame = try? decoder.next()
            #expect((frame?.json.count ?? 0) + (frame?.attachment.count ?? 0) <= 52)
        }
    }
}
