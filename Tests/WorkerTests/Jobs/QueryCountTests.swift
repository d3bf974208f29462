import Pages
import Testing
import Worker
import WorkerProtocol

@Suite("Queries of a job")
struct QueryCountTests {
    private let pages = TestProgram.pages(1024)

    @Test("a scan of 1,024 pages makes at most 14 queries at first, and then 2", arguments: StorageKind.allCases)
    func scan(kind: StorageKind) throws {
        let program = try TestProgram(try TestStorage(kind).open(), stored: pages)
        let first = program.run("scan", 4, 1, 1024)
        #expect(first.loadedPages == 1024)
        #expect(program.storage.begins + program.storage.queries.count <= 14)
        let counters = try #require(first.counters)
        #expect(counters.pageQueries == UInt64(program.storage.queries.count))
        #expect(counters.pageQueryTimes.counts.reduce(0, +) == counters.pageQueries)
        #expect(counters.pageQueryNs > 0 && counters.pageQueryNs < counters.handlerNs)
        #expect(counters.pagesPrefetched == 1024 - counters.pageQueries)
        #expect(counters.pagesWasted == 0)

        program.storage.reset()
        let second = program.run("scan", 4, 1, 1024)
        #expect(second.results == first.results)
        #expect(program.storage.begins == 1)
        #expect(program.storage.queries == [pages])
        #expect(second.counters?.pagesPrefetched == 1023)
    }

    @Test("without prefetch each page is one query", arguments: StorageKind.allCases)
    func off(kind: StorageKind) throws {
        let program = try TestProgram(try TestStorage(kind).open(), prefetch: .off, stored: pages)
        for _ in 0..<2 {
            program.storage.reset()
            let job = program.run("scan", 4, 1, 100)
            #expect(program.storage.queries == pages.prefix(100).map { [$0] })
            #expect(job.counters?.pagesPrefetched == 0)
        }
    }

    @Test("random access fetches a page a query, and hardly any for nothing", arguments: StorageKind.allCases)
    func random(kind: StorageKind) throws {
        let program = try TestProgram(try TestStorage(kind).open(), stored: TestProgram.pages(1036))
        for seed: Int64 in 1...6 {
            let job = program.run("random", seed, 60, 0)
            let counters = try #require(job.counters)
            #expect(counters.pagesLoaded == UInt64(job.loadedPages))
            #expect(counters.pagesWasted <= 12)
            #expect(counters.pageQueries + counters.pagesPrefetched == UInt64(job.loadedPages) + counters.pagesWasted)
        }
    }

    @Test("a run that goes elsewhere fetches nothing of what the last one loaded")
    func elsewhere() throws {
        let program = try TestProgram(try TestStorage(.sqlite).open(), stored: pages)
        program.run("scan", 4, 1, 500)
        program.storage.reset()
        let job = program.run("scan", 900, 17, 4)
        #expect(program.storage.queries == [[900], [917], [934], [951]])
        #expect(job.counters?.pagesWasted == 0)
    }

    @Test("a working set that turns out useless is fetched once")
    func useless() throws {
        let program = try TestProgram(try TestStorage(.sqlite).open(), stored: pages)
        program.run("scan", 4, 1, 500)
        let disappointed = program.run("scan", 4, 400, 2)
        #expect(disappointed.counters?.pagesWasted == 498)
        for _ in 0..<3 { #expect(program.run("scan", 4, 400, 2).counters?.pagesWasted == 0) }
        // Alternating runs load only what all of them need.
        for _ in 0..<3 {
            program.run("scan", 4, 1, 500)
            #expect(program.run("scan", 4, 400, 2).counters?.pagesWasted == 0)
        }
    }

    @Test("entries and programs have working sets of their own")
    func entries() throws {
        let storage = try TestStorage(.sqlite).open()
        let program = try TestProgram(storage, stored: pages)
        program.run("scan", 4, 1, 100)
        program.run("random", 5, 50, 0)
        program.storage.reset()
        program.run("scan", 4, 1, 100)
        #expect(program.storage.queries.count == 1)

        let key = program.key
        _ = try storage.deleteProgram(id: "p")
        let again = try TestProgram(storage, stored: pages)
        #expect(again.key != key)
        again.run("scan", 4, 1, 10)
        #expect(again.storage.queries.first == [4])
    }
}
