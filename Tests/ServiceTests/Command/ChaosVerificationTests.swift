import Foundation
import Testing

@testable import lazypages

@Suite("What a chaos run must find")
struct ChaosVerificationTests {
    private let ledger = ChaosLedger()

    /// Client 1 has had three jobs accepted, which all finished.
    private func verify(_ log: [UInt32], ends: [ChaosEnd] = (1...3).map { .finished(length: $0) }) -> Set<String> {
        for (index, end) in ends.enumerated() {
            let number = 1 << 20 | UInt32(index + 1)
            ledger.accept("job-\(index + 1)", ChaosLedger.Entry(program: "log", client: 1, number: number))
            ledger.note(end, of: "job-\(index + 1)")
        }
        let jobs = ledger.entries.map { ($0.key, $0.value) }
        ChaosVerification.compare(log.map { 1 << 20 | $0 }, with: jobs, of: "log", ledger)
        return Set(ledger.violations.map(\.kind.rawValue))
    }

    private func kinds(_ kinds: ChaosViolation.Kind...) -> Set<String> { Set(kinds.map(\.rawValue)) }

    @Test("one effect of each job, in order, is right")
    func right() {
        #expect(verify([1, 2, 3]).isEmpty)
    }

    @Test("a finished job without an effect is found")
    func lost() {
        #expect(verify([1, 2]) == kinds(.lost))
    }

    @Test("a job with two effects is found")
    func doubled() {
        #expect(verify([1, 2, 3, 3]) == kinds(.doubled))
    }

    @Test("an effect of a job that was given up is found")
    func unexpected() {
        let end = ChaosEnd.otherwise(state: "failed", reason: "worker_crashed")
        #expect(verify([1, 2, 3], ends: [.finished(length: 1), .finished(length: 2), end]) == kinds(.unexpected))
        #expect(ledger.violations.map(\.text) == ["job job-3 on log: failed"])
    }

    @Test("a given up job without an effect is right")
    func givenUp() {
        let end = ChaosEnd.otherwise(state: "failed", reason: "worker_crashed")
        #expect(verify([1, 3], ends: [.finished(length: 1), end, .finished(length: 2)]).isEmpty)
    }

    @Test("jobs that ran in another order than they were accepted in are found")
    func order() {
        let ends: [ChaosEnd] = [.finished(length: 2), .finished(length: 1), .finished(length: 3)]
        #expect(verify([2, 1, 3], ends: ends) == kinds(.order))
    }

    @Test("an answer that says another place than the effect has is found")
    func otherAnswer() {
        let ends: [ChaosEnd] = [.finished(length: 1), .finished(length: 3), .finished(length: 3)]
        #expect(verify([1, 2, 3], ends: ends) == kinds(.otherAnswer))
    }

    @Test("an effect of no accepted job is found")
    func foreign() {
        #expect(verify([1, 2, 3, 4]) == kinds(.foreign))
    }

    @Test("two ends of a job, and two keys of it, are found")
    func ledgerViolations() {
        #expect(verify([1, 2, 3]).isEmpty)
        ledger.note(.otherwise(state: "failed", reason: "storage_unavailable"), of: "job-1")
        ledger.accept("job-2", ChaosLedger.Entry(program: "log", client: 1, number: 7))
        #expect(Set(ledger.violations.map(\.kind.rawValue)) == kinds(.twoEnds, .jobOfTwoKeys))
    }

    @Test("a log is read from its pages, with what stands behind its end")
    func log() throws {
        let perPage = 4096
        var first = Data(count: 16_384)
        first.withUnsafeMutableBytes { $0.storeBytes(of: UInt32(perPage + 1).littleEndian, as: UInt32.self) }
        func numbers(_ from: UInt32, _ count: Int) -> Data {
            var page = (0..<UInt32(count)).map { (from + $0).littleEndian }
            page += Array(repeating: 0, count: perPage - count)
            return page.withUnsafeBytes { Data($0) }
        }
        let pages = [0: first, 1: numbers(1, perPage), 2: numbers(5001, 2)]
        #expect(try ChaosProgram.log { pages[$0] } == (1...4096).map(UInt32.init) + [5001, 5002])
        #expect(try ChaosProgram.log { _ in nil } == [])
    }
}
