import Foundation
import PageStorage
import Pages
import WorkerProtocol

/// Jobs that touch the same number of pages of memories of different sizes, and what reading a whole memory takes.
struct EagerMeasurement {
    let bench: JobsBench

    private static let pagesTouched = 4
    /// For each round of the measurement: times of single jobs scatter more than rates.
    private static let jobsPerRound = 20

    private struct Samples {
        var job: [Double] = []
        var execution: [Double] = []
        var eager: [Double] = []
    }

    func run(_ report: inout JobsReport) throws {
        let service = try bench.startService()
        let client = BenchClient(port: service.port)
        let memories = try bench.plan.memories.map { try StoredMemory(mebibytes: $0, in: bench.storage, client) }
        for memory in memories {
            // Compiles the module in every worker, as a rule.
            for _ in 0..<4 * bench.plan.workers { _ = try time(memory, client) }
        }
        var samples = Array(repeating: Samples(), count: memories.count)
        for _ in 0..<bench.plan.rounds {
            for _ in 0..<Self.jobsPerRound {
                for (index, memory) in memories.enumerated().shuffled() {
                    let (job, execution) = try time(memory, client)
                    samples[index].job.append(job)
                    samples[index].execution.append(execution)
                }
            }
            for (index, memory) in memories.enumerated() { samples[index].eager.append(try memory.readWhole()) }
        }
        for memory in memories { try memory.delete(client) }
        guard service.stop() else { throw Failure(.service, "the service did not stop in order: \(service.said)") }
        let rows = zip(memories, samples).map { memory, samples in
            let execution = Quartiles(samples.execution)
            return EagerRow(
                storage: bench.storage.kind, mebibytes: memory.mebibytes, pagesStored: memory.pages,
                pagesTouched: Self.pagesTouched, jobMicroseconds: Quartiles(samples.job),
                loadAndExecuteMicroseconds: execution, eagerLoadMicroseconds: Quartiles(samples.eager),
                eagerToLazy: Quartiles(samples.eager.map { ($0 + execution.median) / execution.median }))
        }
        for row in rows { report.add(row) }
        report.add(
            FlatRow(
                storage: bench.storage.kind, jobSlowestToFastest: Self.spread(rows.map(\.jobMicroseconds.median)),
                loadAndExecuteSlowestToFastest: Self.spread(rows.map(\.loadAndExecuteMicroseconds.median))))
    }

    /// - Returns: microseconds: of the job from request to answer, and of loading and executing in it.
    private func time(_ memory: StoredMemory, _ client: BenchClient) throws -> (job: Double, execution: Double) {
        let start = ContinuousClock.now
        let answer = try client.expect(.post("/v1/jobs", json: memory.job(pages: Self.pagesTouched)))
        let time = (.now - start) / .microseconds(1)
        guard answer["outcome"] as? String == "success", answer["loaded_pages"] as? Int == Self.pagesTouched,
            let timings = answer["timings_us"] as? [String: Any], let load = timings["load"] as? Double,
            let execute = timings["execute"] as? Double
        else {
            throw Failure(.service, "a job did not load its pages: \(String(decoding: answer.body, as: UTF8.self))")
        }
        return (time, load + execute)
    }

    private static func spread(_ medians: [Double]) -> Double { (medians.max() ?? 0) / max(medians.min() ?? 0, 1e-9) }
}

/// A program with every page of its memory stored.
private struct StoredMemory {
    let mebibytes: Int
    let pages: Int
    private let id: String
    private let storage: any Storage
    private let key: ProgramKey

    init(mebibytes: Int, in location: StorageLocation, _ client: BenchClient) throws {
        self.mebibytes = mebibytes
        pages = mebibytes << 20 / PageSize.gear
        id = "bench-memory-\(mebibytes)"
        try JobProgram.upload(id, memorySize: UInt32(mebibytes << 20 / PageSize.wasm), to: client)
        do throws(StorageError) {
            storage = try location.open()
            key = try Self.fill(pages, of: id, in: storage)
        } catch {
            throw Failure(.service, error.explanation)
        }
    }

    func job(pages touched: Int) -> String { JobProgram.job(id, pages: touched, step: pages / touched) }

    func delete(_ client: BenchClient) throws { try JobProgram.delete(id, from: client) }

    /// Reads all pages in one query and lays them out as a memory.
    /// - Returns: how long that takes, in microseconds.
    func readWhole() throws -> Double {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: pages * PageSize.gear, alignment: PageSize.gear)
        defer { memory.deallocate() }
        let numbers = (0..<UInt32(pages)).map { PageNumber($0) }
        let start = ContinuousClock.now
        do throws(StorageError) {
            let batch = try storage.readPages(of: key, pages: numbers, asOf: .max)
            for (index, number) in numbers.enumerated() {
                let start = index * PageSize.gear
                let place = UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + PageSize.gear])
                guard batch.read(number, into: place) == .found else {
                    throw .failed("a page of the measurement is gone")
                }
            }
        } catch {
            throw Failure(.service, error.explanation)
        }
        return (.now - start) / .microseconds(1)
    }

    private static func fill(
        _ pages: Int, of id: String, in storage: any Storage
    ) throws(StorageError) -> ProgramKey {
        guard var start = try storage.beginExecution(program: id) else { throw .failed("the program is gone") }
        for first in stride(from: 0, to: pages, by: 512) {
            let contents = (first..<min(first + 512, pages)).map { (page: PageNumber(UInt32($0)), bytes: page($0)) }
            let job = JobRecord(
                id: UUIDv7.next().description, program: id, state: "finished", outcome: "success",
                createdAt: Timestamp.now().milliseconds, finishedAt: Timestamp.now().milliseconds,
                document: Array("{}".utf8))
            let commit = Commit(
                key: start.key, version: start.version, memorySize: start.memorySize, pages: contents, job: job)
            guard case .committed(let version) = try storage.commit(commit) else {
                throw .failed("a commit was refused")
            }
            start.version = version
        }
        return start.key
    }

    /// Mostly zeros, as pages of programs are.
    private static func page(_ number: Int) -> [UInt8] {
        var state = UInt64(number) + 1
        var page = [UInt8](repeating: 0, count: PageSize.gear)
        for index in 8..<1300 {
            // Xorshift, by Marsaglia.
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            page[index] = UInt8(truncatingIfNeeded: state >> 32)
        }
        return page
    }
}
