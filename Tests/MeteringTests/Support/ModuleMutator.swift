/// Damages modules a little, so that many still look like modules.
struct ModuleMutator {
    private let corpus: [[UInt8]]
    private var random: SeededGenerator

    init(_ corpus: [[UInt8]], seed: UInt64) {
        self.corpus = corpus
        random = SeededGenerator(seed: seed)
    }

    mutating func next() -> [UInt8] {
        var bytes = corpus[random.below(corpus.count)]
        for _ in 0..<1 << random.below(3) { mutate(&bytes) }
        return bytes
    }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        guard bytes.count > 8 else { return }
        let place = random.below(bytes.count)
        switch random.below(9) {
        case 0: bytes[place] ^= 1 << random.below(8)
        case 1: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 2: bytes[place] = [0x00, 0x01, 0x0B, 0x40, 0x7F, 0x80, 0xFF, 0xFC, 0xFD][random.below(9)]
        case 3: bytes[place] &+= random.below(2) == 0 ? 1 : 255
        case 4: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
        case 5: bytes.remove(at: place)
        case 6: bytes.removeSubrange(range(in: bytes))
        case 7:
            let copy = bytes[range(in: bytes)]
            bytes.replaceSubrange(place..<min(place + copy.count, bytes.count), with: copy)
        default:
            let other = corpus[random.below(corpus.count)]
            let copy = other[range(in: other)]
            bytes.replaceSubrange(place..<min(place + copy.count, bytes.count), with: copy)
        }
    }

    private mutating func range(in bytes: [UInt8]) -> Range<Int> {
        let start = random.below(bytes.count)
        return start..<min(bytes.count, start + 1 + random.below(16))
    }
}
