import Foundation
import PageStorage
import Pages
import Testing
import Worker
import WorkerProtocol

@Suite("Jobs that are stored together")
struct LeftCommitTests {
    /// Two programs of one worker.
    private func programs(_ kind: StorageKind) throws -> [TestProgram] {
        let first = try TestProgram(try TestStorage(kind).open(), id: "a", module: Self.module)
        return [first, try TestProgram(first.storage, first.runner, id: "b", module: Self.module)]
    }

    private static let module = """
        (module
          (import "env" "memory" (memory 2 80))
          (global (export "__gear_stack_end") i32 (i32.const 65536))
          (func (export "add") (param $n i32) (result i32)
            (i32.store (i32.const 65536) (i32.add (i32.load (i32.const 65536)) (local.get $n)))
            (i32.load (i32.const 65536)))
          (func (export "trap") (param i32) unreachable))
        """

    private func executed(
        _ program: TestProgram, _ number: Int64, entry: String = "add", knownVersion: Int64? = nil
    ) throws -> ExecutedJob {
        let request = JobRequest(
            id: UUIDv7.next().description, program: program.id, programKey: Data(program.key.bytes), entry: entry,
            args: [.integer(number)], gasLimit: 1_000_000_000, commit: true, payload: Data(), pages: .data,
            timeoutMs: 60_000, createdAt: .now())
        let terms = RunTerms(queuedUs: 3, claim: nil, knownVersion: knownVersion)
        guard case .executed(let job) = program.runner.run(request, terms, leavesCommit: true, progress: { _ in })
        else { throw StorageError.failed("the job was stored") }
        return job
    }

    private func jobs(_ outcomes: [JobRunner.Outcome]) throws -> [Job] {
        #expect(outcomes.allSatisfy { $0.keeping == .recorded })
        return try outcomes.map { try $0.report.job() }
    }

    @Test(
        "nothing of them is stored before, and everything after, with what the worker then knows",
        arguments: StorageKind.allCases)
    func stored(kind: StorageKind) throws {
        let programs = try programs(kind)
        let runner = programs[0].runner
        let left = try programs.enumerated().map { try executed($1, Int64($0 + 1)) }
        for program in programs { #expect(try program.storage.program(id: program.id)?.version == 0) }
        let ended = try jobs(runner.store(left, progress: { _ in }))
        for (place, job) in ended.enumerated() {
            #expect(job.program == programs[place].id && job.results == [.integer(Int64(place + 1))])
            #expect(job.committed && job.programVersion == 1 && job.timingsUs.commit != nil)
            #expect(job.timingsUs.queued == 3 && job.counters?.pagesWritten == 1)
            #expect(job.writeAccessedPages.first?.data?.first == UInt8(place + 1))
            let stored = try #require(try programs[place].storage.job(id: job.id))
            #expect(try Job(document: stored.document).results == job.results)
        }
        let again = try jobs(
            runner.store(try programs.map { try executed($0, 10, knownVersion: 1) }, progress: { _ in }))
        #expect(again.map(\.results) == [[.integer(11)], [.integer(12)]])
        #expect(again.allSatisfy { $0.counters?.pageQueries == 0 && $0.counters?.conflicts == 0 })
    }

    @Test("one whose program was changed meanwhile is run again, and the other is not", arguments: StorageKind.allCases)
    func conflict(kind: StorageKind) throws {
        let programs = try programs(kind)
        let left = try programs.map { try executed($0, 1) }
        var page = [UInt8](repeating: 0, count: PageSize.gear)
        page[0] = 40
        _ = try programs[1].storage.putPage(of: programs[1].key, page: 4, bytes: page)
        let ended = try jobs(programs[0].runner.store(left, progress: { _ in }))
        #expect(ended.map(\.results) == [[.integer(1)], [.integer(41)]])
        #expect(ended.map { $0.counters?.conflicts } == [0, 1])
        #expect(ended.map(\.programVersion) == [1, 2])
    }

    @Test("one whose program was deleted meanwhile has failed", arguments: StorageKind.allCases)
    func deleted(kind: StorageKind) throws {
        let programs = try programs(kind)
        let left = try programs.map { try executed($0, 1) }
        _ = try programs[0].storage.deleteProgram(id: "a")
        let ended = try jobs(programs[0].runner.store(left, progress: { _ in }))
        #expect(ended[0].state == .failed && ended[0].error?.code == "program_deleted")
        #expect(ended[0].gas.burned == 0 && !ended[0].committed && ended[0].results.isEmpty)
        #expect(ended[1].results == [.integer(1)])
    }

    @Test("what commits nothing is stored at once")
    func nothingToCommit() throws {
        let program = try programs(.sqlite)[0]
        #expect(throws: StorageError.failed("the job was stored")) { _ = try executed(program, 1, entry: "trap") }
    }
}
