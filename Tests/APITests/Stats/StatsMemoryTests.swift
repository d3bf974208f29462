import Pages
import Testing
import WorkerProtocol

@testable import API

@Suite("The memory of statistics")
struct StatsMemoryTests {
    private let clock = TestClock()

    private func job(_ program: String, pages: Range<UInt32> = 0..<0) -> JobSummary {
        var job = Job.success(.sample(program: program))
        job.accessedPages = pages.map { PageNumber($0) }
        job.writeAccessedPages = []
        return JobSummary(job)
    }

    @Test("more programs than are kept apart count with all, until there is room again")
    func programs() {
        let clock = clock
        let statistics = JobStatistics(programLimit: 20) { clock.now }
        for number in 0..<50 { statistics.observe(job("p\(number)")) }
        statistics.observe(job("p3"))
        #expect(statistics.size.programs == 20)
        #expect(statistics.windows()[.hour]?.tally.jobs == 51)
        #expect(statistics.windows()[.hour]?.programs.first?.program == "p3")
        #expect(statistics.windows(of: "p40").windows[.hour]?.tally.jobs == 0)

        clock.advance(4300)
        statistics.observe(job("p40"))
        #expect(statistics.size.programs == 1)
        #expect(statistics.windows(of: "p40").windows[.hour]?.tally.jobs == 1)
    }

    @Test("no more pages are counted than there is room for, and those that are counted are counted right")
    func pages() {
        let clock = clock
        let statistics = JobStatistics(pageLimit: 10_000) { clock.now }
        for program in ["a", "b", "c"] {
            for _ in 0..<2 { statistics.observe(job(program, pages: 0..<5000)) }
        }
        #expect(statistics.size.pages == 10_000)
        for program in ["a", "b", "c"] {
            let pages = statistics.windows(of: program).hottestPages
            #expect(pages.count == JobStatistics.listedPages)
            #expect(pages.allSatisfy { $0.accesses == 2 })
        }
        // Half an hour later the next ones are counted, and an hour later those of before are gone.
        clock.advance(1800)
        statistics.observe(job("a", pages: 0..<5000))
        #expect(statistics.windows(of: "a").hottestPages.first?.accesses == 2)
        for _ in 0..<3 {
            clock.advance(1800)
            statistics.observe(job("a", pages: 7..<8))
        }
        #expect(statistics.windows(of: "a").hottestPages == [PageHeat.Page(page: 7, accesses: 2, writes: 0)])
        #expect(statistics.size.pages == 2)
    }

    @Test("time that passes adds nothing: a program is as large after a day as after some hours")
    func time() {
        let clock = clock
        let statistics = JobStatistics { clock.now }
        for _ in 0..<(24 * 60) {
            clock.advance(60)
            statistics.observe(job("p"))
        }
        let windows = statistics.windows()
        #expect((60...70).contains(windows[.hour]?.tally.jobs ?? 0))
        #expect((5...6).contains(windows[.fiveMinutes]?.tally.jobs ?? 0))
        #expect((1...2).contains(windows[.minute]?.tally.jobs ?? 0))
        #expect(statistics.size.slices <= 21)
    }
}
