import Pages
import Testing

@testable import Worker

@Suite("Working sets")
struct WorkingSetTests {
    /// What is known after runs that loaded these pages.
    private func known(_ runs: [PageNumber]..., stored: Int = 1000) -> WorkingSet? {
        runs.reduce(nil) { known, run in
            known == nil ? WorkingSet(first: run) : known?.after(run, stored: stored)
        }
    }

    private func parts(_ set: WorkingSet?, limit: Int, faults: [PageNumber]) -> [[PageNumber]?] {
        var progress = WorkingSetProgress(set, limit: limit)
        return faults.map { progress.part(atFault: $0).map(Array.init) }
    }

    @Test("what one run loaded is expected of the next, without being certain")
    func first() throws {
        let set = try #require(known([5, 3, 9]))
        #expect(set.expected.pages == [5, 3, 9])
        #expect(!set.isConfirmed)
        #expect(known([]) == nil)
    }

    @Test("runs that are alike confirm it, in the order of the last one")
    func alike() throws {
        let set = try #require(known([1, 2, 3, 4], [4, 3, 7]))
        #expect(set.expected.pages == [4, 3, 7])
        #expect(set.isConfirmed)
        #expect(try #require(known([1, 2], [1, 2])).isConfirmed)
    }

    @Test("after runs that differ only what both loaded is expected")
    func different() throws {
        #expect(try #require(known([1, 2, 3, 4], [9, 1, 8, 7])).expected.pages == [1])
        #expect(try #require(known([1], [1, 2, 3])).expected.pages == [1])
        #expect(try #require(known([1, 2, 3], [1])).expected.pages == [1])
        #expect(try #require(known([1, 2], [3, 4])).expected.pages == [])
        #expect(try #require(known([1, 2], [3, 4], [3, 4])).expected.pages == [3, 4])
    }

    @Test("what runs have in common by chance is not expected")
    func chance() throws {
        let runs: ([PageNumber], [PageNumber]) = ([1, 2, 3, 4, 5], [4, 5, 6, 7, 8])
        #expect(try #require(known(runs.0, runs.1, stored: 10)).expected.pages == [])
        #expect(try #require(known(runs.0, runs.1, stored: 26)).expected.pages == [4, 5])
    }

    @Test("a run that loads nothing makes the one behind it a first one")
    func nothing() throws {
        let set = try #require(known([1, 2], [], [3, 4]))
        #expect(set.expected.pages == [3, 4])
        #expect(!set.isConfirmed)
    }

    @Test("a set seen once is fetched by a run that begins with it, and by no other")
    func begin() {
        let set = known([5, 3, 9])
        #expect(parts(set, limit: 10, faults: [5]) == [[5, 3, 9]])
        #expect(parts(set, limit: 10, faults: [3, 9, 5]) == [nil, nil, nil])
        #expect(parts(set, limit: 10, faults: [8, 5]) == [nil, nil])
    }

    @Test("a confirmed set is fetched at the first of its pages, whatever was before")
    func confirmed() {
        let set = known([5, 3, 9], [5, 3, 9])
        #expect(parts(set, limit: 10, faults: [8, 7, 9]) == [nil, nil, [5, 3, 9]])
    }

    @Test("a long set is fetched part by part, as long as most of each part is used", arguments: [true, false])
    func parts(isUsed: Bool) {
        var progress = WorkingSetProgress(known([1, 2, 3, 4, 5, 6, 7], [1, 2, 3, 4, 5, 6, 7]), limit: 4)
        #expect(progress.part(atFault: 1) == [1, 2, 3, 4])
        progress.noteBrought(3)
        if isUsed { for _ in 0..<2 { progress.noteUse() } }
        #expect(progress.part(atFault: 5) == (isUsed ? [5, 6, 7] : nil))
    }

    @Test("a limit of none fetches none")
    func none() {
        #expect(parts(known([1, 2], [1, 2]), limit: 0, faults: [1, 2]) == [nil, nil])
    }
}
