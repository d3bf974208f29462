import Pages
import Testing

@testable import Worker

@Suite("What is fetched at a fault")
struct FetchPlannerTests {
    /// A planner and the pages it had fetched, as a source would keep them.
    private struct Run {
        var planner: FetchPlanner
        var held: [PageNumber: FetchPlan.Reason] = [:]
        var plans: [FetchPlan] = []

        init(
            _ stored: [PageNumber], _ prefetch: Prefetch = .on, within pages: Range<PageNumber> = 0..<262_144,
            workingSet: WorkingSet? = nil
        ) {
            planner = FetchPlanner(prefetch)
            planner.begin(stored: stored, within: pages, workingSet: workingSet)
        }

        /// Touches pages one after another.
        mutating func touch(_ pages: some Sequence<PageNumber>) {
            for page in pages {
                if let reason = held.removeValue(forKey: page) {
                    planner.noteUse(reason)
                    continue
                }
                let plan = planner.plan(atFault: page)
                for other in plan.pages where other != page { held[other] = plan.reason }
                plans.append(plan)
            }
        }
    }

    private func numbers(_ range: Range<UInt32>, step: UInt32 = 1) -> [PageNumber] {
        range.map { PageNumber($0 * step) }
    }

    @Test("a scan of 1,024 stored pages takes 13 queries at first, and one when it is known", arguments: [1, 5])
    func scan(step: UInt32) throws {
        let pages = numbers(0..<1024, step: step)
        var first = Run(pages)
        first.touch(pages)
        #expect(first.plans.map(\.pages.count) == [1, 1, 1, 2, 4, 8, 16, 32, 64, 128, 256, 256, 255])
        #expect(first.held.isEmpty)

        var second = Run(pages, workingSet: WorkingSet(first: pages))
        second.touch(pages)
        #expect(second.plans == [FetchPlan(pages: pages, reason: .workingSet)])
    }

    @Test("a longer working set takes one query for each 1,024 pages, in the order of the run")
    func longSet() {
        let pages = numbers(0..<2500)
        let order = Array(pages.reversed())
        var run = Run(pages, workingSet: WorkingSet(first: order))
        run.touch(order)
        #expect(run.plans.map(\.pages) == [Array(pages[1476...]), Array(pages[452..<1476]), Array(pages[..<452])])
    }

    @Test("only stored pages behind the stack and within the memory are brought along")
    func bounds() {
        let stored = numbers(0..<40)
        var run = Run(stored, within: 8..<20, workingSet: WorkingSet(first: Array(stored[8...])))
        run.touch([8])
        #expect(run.plans[0].pages == Array(stored[8..<20]))

        var scan = Run(stored, within: 8..<20)
        scan.touch([17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 16, 17, 18, 19, 20, 21])
        #expect(scan.plans.dropLast(2).allSatisfy { $0.pages.allSatisfy { (8..<20).contains($0) } })
        #expect(scan.plans.suffix(2).map(\.pages) == [[20], [21]])
    }

    @Test("pages of the working set that are not stored any more are left out")
    func gone() {
        var run = Run([1, 2, 4, 5, 7], workingSet: WorkingSet(first: [1, 3, 4, 6]))
        run.touch([1])
        #expect(run.plans.map(\.pages) == [[1, 4]])
    }

    @Test("a page that is here is not fetched again, one that was dropped is")
    func again() throws {
        let pages = numbers(0..<16)
        var run = Run(pages)
        run.touch([5, 6])
        run.touch(numbers(0..<5) + [7])
        #expect(run.plans.flatMap(\.pages).count == Set(run.plans.flatMap(\.pages)).count)

        let dropped = run.held.keys.sorted()
        let first = try #require(dropped.first, "\(run.plans)")
        run.planner.noteDropped(dropped)
        run.held = [:]
        run.touch(dropped)
        #expect(run.plans.flatMap(\.pages).filter { $0 == first }.count == 2)
    }

    @Test("what scans bring along and waste is bounded by what they save", arguments: [2, 3, 4, 5, 6, 9])
    func waste(length: UInt32) {
        let pages = numbers(0..<30_000)
        var run = Run(pages)
        // Short scans far apart, each a disappointment.
        for start in stride(from: UInt32(0), to: 29_000, by: 97) { run.touch(numbers(start..<start + length)) }
        let fetched = run.plans.reduce(0) { $0 + $1.pages.count }
        let saved = 300 * Int(length) - run.plans.count
        #expect(run.held.count == fetched - 299 * Int(length))
        #expect(run.held.count <= saved + run.plans.count / 16 + 9)
    }

    @Test("after many disappointments a long scan still gets its windows")
    func recovery() {
        let pages = numbers(0..<30_000)
        var run = Run(pages)
        for start in stride(from: UInt32(0), to: 20_000, by: 97) { run.touch(numbers(start..<start + 4)) }
        let before = run.plans.count
        run.touch(numbers(25_000..<26_024))
        #expect(run.plans.count - before < 50)
    }

    @Test("random access fetches hardly more than it touches")
    func random() {
        let pages = numbers(0..<4096)
        var generator = SystemRandomNumberGenerator()
        for count in [64, 256, 1024] {
            var run = Run(pages)
            run.touch(pages.shuffled(using: &generator).prefix(count))
            let fetched = run.plans.reduce(0) { $0 + $1.pages.count }
            #expect(fetched <= count + 9 + count / 8)
        }
    }

    @Test("switched off, each page is a query of its own")
    func off() {
        let pages = numbers(0..<100)
        var run = Run(pages, .off, workingSet: WorkingSet(first: pages))
        run.touch(pages)
        #expect(run.plans.map(\.pages) == pages.map { [$0] })
    }

    @Test("a page that the store is not known to have is fetched alone")
    func unknown() {
        var run = Run([1, 2, 4, 5])
        run.touch([3, 9])
        #expect(run.plans.map(\.pages) == [[3], [9]])
    }
}
