import PageStorage
import Pages
import Testing
import Worker
import WorkerProtocol

@Suite("A worker's knowledge of stored pages")
struct StoredPageListTests {
    /// Runs a job that reads one page and says whether it was stored.
    private func isStored(_ page: Int64, _ program: TestProgram) -> Bool {
        program.run("scan", page, 1, 1).loadedPages == 1
    }

    @Test("is kept from job to job, and led on by its own commits", arguments: StorageKind.allCases)
    func own(kind: StorageKind) throws {
        let program = try TestProgram(try TestStorage(kind).open(), stored: TestProgram.pages(20))
        program.run("scan", 4, 1, 4)
        #expect(program.storage.knownLists == 0)
        program.run("copy", 4, 100, 3, commit: true)
        #expect(program.storage.knownLists == 1)
        #expect((100..<103).allSatisfy { isStored($0, program) })
        #expect(!isStored(99, program) && !isStored(103, program) && isStored(4, program))
        #expect(program.storage.knownLists == program.storage.begins - 1)
        // A commit of nothing but the size, and one of nothing at all.
        program.run("grow_and_scan", 1, 4, 1, commit: true)
        program.run("scan", 4, 1, 1, commit: true)
        #expect(isStored(102, program))
        #expect(program.storage.knownLists == program.storage.begins - 1)
    }

    @Test("gives way to the changes of others", arguments: StorageKind.allCases)
    func others(kind: StorageKind) throws {
        let test = try TestStorage(kind)
        let program = try TestProgram(try test.open(), stored: TestProgram.pages(20))
        #expect(!isStored(50, program))
        let other = try test.open()
        _ = try other.putPage(of: program.key, page: 50, bytes: samplePage(50))
        #expect(isStored(50, program))
        #expect(program.storage.knownLists == 0)

        _ = try other.deleteProgram(id: "p")
        #expect(program.run("scan", 4, 1, 1).error?.code == "program_deleted")
        let again = try TestProgram(other, stored: [60])
        #expect(again.key != program.key)
        #expect(isStored(60, program) && !isStored(50, program) && !isStored(4, program))
    }

    @Test("is right after a conflict", arguments: StorageKind.allCases)
    func conflict(kind: StorageKind) throws {
        let test = try TestStorage(kind)
        let program = try TestProgram(try test.open(), stored: TestProgram.pages(20))
        let other = try test.open()
        var isDone = false
        program.storage.willRead = { [key = program.key] _ throws(StorageError) in
            if !isDone { _ = try other.putPage(of: key, page: 70, bytes: samplePage(70)) }
            isDone = true
        }
        let job = program.run("copy", 4, 100, 2, commit: true)
        #expect(job.counters?.conflicts == 1)
        #expect(job.programVersion == 3)
        #expect(isStored(70, program) && isStored(101, program) && !isStored(71, program))
    }

    @Test("is right for workers that take turns", arguments: StorageKind.allCases)
    func turns(kind: StorageKind) throws {
        let test = try TestStorage(kind)
        let first = try TestProgram(try test.open(), stored: [4, 5])
        let workers = [first, try TestProgram(try test.open())]
        var order = SystemRandomNumberGenerator()
        for number: Int64 in 0..<30 {
            let worker = try #require(workers.randomElement(using: &order))
            #expect(worker.run("copy", 4, 100 + number, 1, commit: true).committed)
            for worker in workers {
                #expect(isStored(100 + number, worker))
                #expect(!isStored(101 + number, worker))
            }
        }
    }
}
