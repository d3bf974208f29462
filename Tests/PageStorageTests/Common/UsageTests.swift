import PageStorage
import Testing

@Suite("What the bearers of tokens have used")
struct UsageTests {
    @Test("usage adds up by token and day, over all connections", arguments: StorageKind.allCases)
    func addsUp(kind: StorageKind) throws {
        let test = try TestStorage(kind)
        let (one, other) = (try test.open(), try test.open())
        let added = try one.addUsage([
            TokenUsage(token: "b", day: 20_000, jobs: 2, gas: 9_007_199_254_740_991),
            TokenUsage(token: "a", day: 20_000, jobs: 1),
        ])
        #expect(Set(added.map(\.token)) == ["a", "b"])
        #expect(
            try other.addUsage([TokenUsage(token: "b", day: 20_000, jobs: -1, gas: 9)])
                == [TokenUsage(token: "b", day: 20_000, jobs: 1, gas: 9_007_199_254_741_000)])
        #expect(
            try other.addUsage([TokenUsage(token: "b", day: 20_001)])
                == [TokenUsage(token: "b", day: 20_001)])
        #expect(
            try other.addUsage([TokenUsage(token: "a", day: 20_000)])
                == [TokenUsage(token: "a", day: 20_000, jobs: 1)])
        #expect(try one.addUsage([]) == [])
    }

    @Test("days that are long over are forgotten", arguments: StorageKind.allCases)
    func forgotten(kind: StorageKind) throws {
        let storage = try TestStorage(kind).open()
        _ = try storage.addUsage([
            TokenUsage(token: "a", day: 20_000, jobs: 5), TokenUsage(token: "a", day: 20_001, jobs: 6),
        ])
        _ = try storage.addUsage([TokenUsage(token: "a", day: 20_008, jobs: 1)])
        #expect(try storage.addUsage([TokenUsage(token: "a", day: 20_001)]).map(\.jobs) == [6])
        #expect(try storage.addUsage([TokenUsage(token: "a", day: 20_000)]).map(\.jobs) == [0])
    }
}
