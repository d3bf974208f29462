import LazyPages
import Pages
import ProgramRuntime
import Testing

@testable import Fuzzing

@Suite struct FuzzerTests {
    @Test func programsAgreeInEveryWayOfRunningThem() throws {
        let fuzzer = try Fuzzer()
        for seed in 1...100 as ClosedRange<UInt64> {
            if let finding = fuzzer.run(seed: seed) { Issue.record("seed \(seed): \(finding.difference)") }
        }
        let summary = fuzzer.summary
        #expect(summary.programs + summary.skipped == 100)
        #expect(summary.executions > summary.limitedExecutions && summary.limitedExecutions > 100)
        #expect(summary.ends["returned", default: 0] > 20)
        #expect(summary.faults > 100)
    }

    /// The first seed with a difference.
    private func firstFinding(_ fuzzer: Fuzzer, within runs: UInt64) -> FuzzFinding? {
        for seed in 1...runs { if let finding = fuzzer.run(seed: seed) { return finding } }
        return nil
    }

    @Test(arguments: PageLedger.Fault.allCases)
    func aRuleThatOneSideBreaksIsFound(fault: PageLedger.Fault) throws {
        let fuzzer = try Fuzzer(compilers: [.winch], source: StoredPages(), fault: fault)
        #expect(firstFinding(fuzzer, within: 300) != nil)
    }

    /// A page source that does not do what it should.
    final class DefectivePages: StoredPages {
        enum Defect: CaseIterable, Sendable { case lastByte, neighbour, forgetsZeros, losesPage }

        let defect: Defect

        init(_ defect: Defect) { self.defect = defect }

        override func pageExists(_ key: PageKey) throws(PageSourceError) -> Bool {
            guard defect == .forgetsZeros, let bytes = pages[key.page.rawValue] else {
                return try super.pageExists(key)
            }
            return !bytes.allSatisfy { $0 == 0 }
        }

        override func loadPage(
            _ key: PageKey, into buffer: UnsafeMutableRawBufferPointer
        ) throws(PageSourceError) -> Int? {
            if defect == .losesPage, key.page == 2 { return nil }
            let found = try super.loadPage(key, into: buffer)
            if defect == .lastByte, found != nil { buffer[buffer.count - 1] ^= 1 }
            if defect == .neighbour, let other = pages[key.page.rawValue ^ 1] { buffer.copyBytes(from: other) }
            return found
        }
    }

    @Test(arguments: DefectivePages.Defect.allCases)
    func aDefectOfThePageSourceIsFound(defect: DefectivePages.Defect) throws {
        let fuzzer = try Fuzzer(compilers: [.winch], source: DefectivePages(defect))
        #expect(firstFinding(fuzzer, within: 300) != nil)
    }

    @Test func aFindingIsReducedToATestThatRepeatsIt() throws {
        let fuzzer = try Fuzzer(compilers: [.winch], source: StoredPages(), fault: .loadIsFree)
        let finding = try #require(firstFinding(fuzzer, within: 300))
        #expect(Fuzzer.program(seed: finding.seed).contains("(module"))
        let test = try #require(fuzzer.test(for: finding))
        #expect(test.contains("--seed \(finding.seed) --runs 1"))
        #expect(test.contains("@Test") && test.contains("(module") && test.contains("#expect"))
        #expect(test.split(separator: "\n").count < 60, "\(test)")
    }
}
