import PageStorage
import Pages
import Testing

@testable import Worker

@Suite("Ascending lists of pages")
struct AscendingPagesTests {
    @Test("rank, membership and merging are those of sets")
    func random() {
        for count in [0, 1, 2, 3, 10, 100] {
            let list = Set((0..<count).map { _ in PageNumber(.random(in: 0..<150)) })
            let other = Set((0..<count / 2).map { _ in PageNumber(.random(in: 0..<150)) })
            let sorted = list.sorted()
            for page in (0..<150).map({ PageNumber($0) }) {
                #expect(sorted.rank(of: page) == sorted.count { $0 < page })
                #expect(sorted.containsSorted(page) == list.contains(page))
            }
            #expect(sorted.merged(with: other.sorted()) == list.union(other).sorted())
        }
    }

    @Test("a commit adds the pages that it wrote and takes those that it freed")
    func commit() {
        let list = StoredPageList(
            key: ProgramKey(bytes: [UInt8](repeating: 1, count: 16)), version: 4, updatedAt: 40, pages: [1, 5, 9])
        #expect(list.after(5, updatedAt: 50, written: [1, 6], freed: [9]).pages == [1, 5, 6])
        #expect(list.after(5, updatedAt: 50, written: [1, 6], freed: [9]).version == 5)
        #expect(list.after(5, updatedAt: 50, written: [5, 9]).pages == [1, 5, 9])
        #expect(list.after(5, updatedAt: 50, written: []).key == list.key)
        #expect(list.after(5, updatedAt: 50, written: []).updatedAt == 50)
        #expect(list.after(4, updatedAt: 50, written: []) == list, "a commit without a change stores no time")
    }
}
