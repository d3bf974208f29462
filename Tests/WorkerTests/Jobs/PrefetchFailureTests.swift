import PageStorage
import Pages
import Testing
import Worker
import WorkerProtocol

@Suite("Failures and conflicts of what is fetched ahead")
struct PrefetchFailureTests {
    private let pages = TestProgram.pages(64)

    @Test(
        "a storage that fails in a query for many pages fails the job, and the next one runs",
        arguments: StorageKind.allCases)
    func failure(kind: StorageKind) throws {
        let program = try TestProgram(try TestStorage(kind).open(), stored: pages)
        let expected = program.run("scan", 4, 1, 64).results
        for isScan in [false, true] {
            // The same entry has a working set; with another one a scan has to be noticed first.
            let run = { isScan ? program.run("grow_and_scan", 0, 4, 64) : program.run("scan", 4, 1, 64) }
            program.storage.willRead = { pages throws(StorageError) in
                if pages.count > 1 { throw .unavailable("gone") }
            }
            let failed = run()
            #expect(failed.state == .failed)
            #expect(failed.error?.code == "storage_unavailable")
            program.storage.willRead = { _ in }
            #expect(run().results == expected)
        }
    }

    @Test("a page brought along that has changed starts the job over if it is touched", arguments: StorageKind.allCases)
    func touched(kind: StorageKind) throws {
        let program = try TestProgram(try TestStorage(kind).open(), stored: pages)
        let before = program.run("scan", 4, 1, 64)
        try change(40, at: program)
        let job = program.run("scan", 4, 1, 64)
        #expect(job.state == .finished)
        #expect(job.counters?.conflicts == 1)
        #expect(job.programVersion == 2)
        #expect(job.results != before.results)
        #expect(job.gas == before.gas)
        #expect(job.results == program.run("scan", 4, 1, 64).results)
    }

    @Test("a page brought along that has changed costs nothing if it is not touched", arguments: StorageKind.allCases)
    func untouched(kind: StorageKind) throws {
        let program = try TestProgram(try TestStorage(kind).open(), stored: pages)
        program.run("scan", 4, 1, 64)
        try change(40, at: program)
        let job = program.run("scan", 4, 1, 36)
        #expect(program.storage.queries.last == pages)
        #expect(job.state == .finished)
        #expect(job.counters?.conflicts == 0)
        #expect(job.programVersion == 1)
    }

    /// Has another writer change a page right before the next query for pages.
    private func change(_ page: PageNumber, at program: TestProgram) throws {
        var isDone = false
        program.storage.willRead = { [storage = program.storage, key = program.key] _ throws(StorageError) in
            guard !isDone else { return }
            isDone = true
            let bytes = [UInt8](repeating: 0x77, count: PageSize.gear)
            _ = try storage.storage.putPage(of: key, page: page, bytes: bytes)
        }
    }
}
