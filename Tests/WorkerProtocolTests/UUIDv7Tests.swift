import Testing

@testable import WorkerProtocol

@Suite("Ids of version 7")
struct UUIDv7Tests {
    @Test("version, variant and time stand where RFC 9562 puts them")
    func layout() throws {
        let before = Timestamp.now().milliseconds
        let id = UUIDv7.next()
        #expect(id.bytes.count == 16)
        #expect(id.bytes[6] >> 4 == 7)
        #expect(id.bytes[8] >> 6 == 2)
        let time = id.bytes[..<6].reduce(Int64(0)) { $0 << 8 | Int64($1) }
        #expect(time == id.milliseconds)
        // Other tests may have pushed the series a little ahead of the clock.
        #expect(time >= before && time < before + 60_000)
    }

    @Test("the example of RFC 9562, appendix A.6")
    func example() throws {
        let id = try #require(UUIDv7("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"))
        #expect(id.milliseconds == 0x017F_22E2_79B0)
        #expect(id.bytes == [1, 0x7F, 0x22, 0xE2, 0x79, 0xB0, 0x7C, 0xC3, 0x98, 0xC4, 0xDC, 0x0C, 0x0C, 7, 0x39, 0x8F])
    }

    @Test("ids made in order sort in order, as values and as texts, within one millisecond too")
    func order() {
        let ids = (0..<20_000).map { _ in UUIDv7.next() }
        #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
        let texts = ids.map(\.description)
        #expect(zip(texts, texts.dropFirst()).allSatisfy { $0 < $1 })
        #expect(Set(ids.map(\.milliseconds)).count < ids.count)
    }

    @Test("ids keep their order when the clock goes back")
    func clockGoesBack() {
        var series = UUIDv7.Series()
        let first = series.next(milliseconds: 1_000_000)
        let second = series.next(milliseconds: 999_000)
        #expect(first < second)
        #expect(second.milliseconds == 1_000_000)
        #expect(series.next(milliseconds: 1_000_001).milliseconds == 1_000_001)
    }

    @Test("ids by another clock go by that clock, however far this machine's is ahead")
    func otherClock() async {
        // In a process of its own, where no other test makes ids.
        await #expect(processExitsWith: .success) {
            let here = UUIDv7.next()
            let hourAgo = Timestamp(milliseconds: here.milliseconds - 3_600_000)
            let there = UUIDv7.next(at: hourAgo)
            #expect(there.milliseconds == hourAgo.milliseconds)
            #expect(UUIDv7.next(at: hourAgo) > there)
            #expect(UUIDv7.next() > here)
        }
    }

    @Test("ids made by many threads at once are all different")
    func concurrency() async {
        let ids = await withTaskGroup(of: [UUIDv7].self) { group in
            for _ in 0..<8 { group.addTask { (0..<2000).map { _ in UUIDv7.next() } } }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(ids).count == 16_000)
    }

    @Test("text and bytes read back")
    func roundTrip() {
        for _ in 0..<100 {
            let id = UUIDv7.next()
            #expect(UUIDv7(id.description) == id)
            #expect(UUIDv7(bytes: id.bytes) == id)
        }
    }

    @Test(
        "what is not an id of version 7 in its one form is refused",
        arguments: [
            "", "-", "0", "017f22e2-79b0-4cc3-98c4-dc0c0c07398f", "017f22e2-79b0-7cc3-18c4-dc0c0c07398f",
            "017F22E2-79B0-7CC3-98C4-DC0C0C07398F", "017f22e279b07cc398c4dc0c0c07398f",
            "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
            "017f22e2-79b0-7cc3-98c4-dc0c0c07398g", "+17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
        ])
    func malformed(text: String) {
        #expect(UUIDv7(text) == nil)
    }

    @Test("15 and 17 bytes are no id")
    func wrongLength() {
        let bytes = UUIDv7.next().bytes
        #expect(UUIDv7(bytes: Array(bytes.dropLast())) == nil)
        #expect(UUIDv7(bytes: bytes + [0]) == nil)
    }
}
