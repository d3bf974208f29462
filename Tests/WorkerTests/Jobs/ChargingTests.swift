import Pages
import Testing
import Worker
import WorkerProtocol

@Suite("What is fetched ahead changes nothing of a job")
struct ChargingTests {
    static let policies = [
        Prefetch.on, Prefetch(scanWindow: 2, workingSetPages: 0), Prefetch(scanWindow: 7, workingSetPages: 5),
        Prefetch(scanWindow: 1, workingSetPages: 1024), Prefetch(scanWindow: 1024, workingSetPages: 1),
    ]

    /// Some pages with gaps, so that what is stored is charged and what is not is not.
    private static let stored = TestProgram.pages(1036).filter { $0.rawValue % 5 != 0 || $0.rawValue > 900 }

    /// A history of jobs, each twice, of which some are committed.
    private func history(_ program: TestProgram) -> [JobEnd] {
        var ends: [JobEnd] = []
        for round: Int64 in 0..<2 {
            ends += [
                program.run("scan", 4, 1, 300), program.run("scan", 1039, -1, 200), program.run("scan", 10, 7, 100),
                program.run("random", 1, 150, 0), program.run("random", 1, 100, 1, commit: true),
                program.run("random", 99 + round, 100, 1, commit: true), program.run("copy", 20, 600, 60, commit: true),
                program.run("grow_and_scan", 2, 1000, 48, commit: true), program.run("scan", 1030, 1, 18),
            ].map(JobEnd.init)
        }
        return ends
    }

    @Test("gas, charges, results and memory are those without prefetch", arguments: StorageKind.allCases)
    func same(kind: StorageKind) throws {
        let plain = try TestProgram(try TestStorage(kind).open(), prefetch: .off, stored: Self.stored)
        let expected = history(plain)
        let memory = try plain.storedMemory()
        #expect(expected.allSatisfy { $0.outcome == .success })
        #expect(expected.contains { $0.committed } && expected.contains { $0.loaded > 200 })
        for policy in Self.policies {
            let program = try TestProgram(try TestStorage(kind).open(), prefetch: policy, stored: Self.stored)
            let ends = history(program)
            for (end, expected) in zip(ends, expected) { #expect(end == expected, "\(policy)") }
            let isSameMemory = try program.storedMemory() == memory
            #expect(isSameMemory, "\(policy)")
        }
    }

    @Test("gas that runs out at any point runs out at the same one", arguments: StorageKind.allCases)
    func exhausted(kind: StorageKind) throws {
        let storage = try TestStorage(kind).open()
        let plain = try TestProgram(storage, prefetch: .off, stored: Self.stored)
        let ahead = try TestProgram(storage, prefetch: .on)
        let costs = PageCosts.standard
        let whole = plain.run("scan", 4, 1, 12).gas.burned
        // Right before, at and right behind every point where something is charged.
        var points: Set<UInt64> = []
        var burned: UInt64 = 0
        for page in TestProgram.pages(12) {
            for cost in [7, costs.signalRead] + (Self.stored.contains(page) ? [costs.loadPageData] : []) {
                burned += cost
                points.formUnion([burned - 1, burned, burned + 1])
            }
        }
        #expect(burned == whole)
        for gasLimit in points.sorted() {
            let expected = JobEnd(plain.run("scan", 4, 1, 12, gasLimit: gasLimit))
            #expect(expected.outcome == (gasLimit < whole ? .gasLimitExceeded : .success))
            #expect(JobEnd(ahead.run("scan", 4, 1, 12, gasLimit: gasLimit)) == expected)
        }
    }
}
