import Testing

@testable import HTTPServer

@Suite struct DecoderFuzzTests {
    /// A small generator with a seed, so that a failure can be repeated.
    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    private static let fragments: [String] = [
        "\r\n", "\n", "\r", "\0", ":", " ", "\t", ";", ",", "0", "ffffffffffffffff", "Content-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\n", "Expect: 100-continue\r\n", "%", "/", "?", "GET ", "HTTP/1.1", "\u{FF}", "{",
    ]

    @Test("mutated requests never crash, and decode alike in every cutting")
    func mutations() async {
        for seed in 0..<4_000 as Range<UInt64> {
            decodeMutation(seed)
            // The servers of other tests run their handlers on the same few threads.
            if seed.isMultiple(of: 50) { await Task.yield() }
        }
    }

    private func decodeMutation(_ seed: UInt64) {
        var random = SplitMix(state: seed)
        var bytes = Array(RequestDecoderTests.pipeline.utf8)
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let position = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[position] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.remove(at: position)
            case 2: bytes.insert(contentsOf: (Self.fragments.randomElement(using: &random) ?? "").utf8, at: position)
            default: bytes.removeSubrange(position..<min(bytes.count, position + 8))
            }
        }
        let whole = decodeAll(bytes)
        let pieces = decodeAll(bytes, pieceSize: Int.random(in: 1...9, using: &random))
        #expect(whole.requests.map(\.body) == pieces.requests.map(\.body), "seed \(seed)")
        #expect(
            whole.requests.map(\.head.line.target.path) == pieces.requests.map(\.head.line.target.path), "seed \(seed)")
        #expect(whole.error?.detail == pieces.error?.detail, "seed \(seed)")
        #expect(whole.isIncomplete == pieces.isIncomplete, "seed \(seed)")
    }
}
