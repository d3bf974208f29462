import Foundation
import Synchronization

/// What clients know of the jobs that were accepted. Shared by all of them.
final class ChaosLedger: Sendable {
    /// A job as its client sees it.
    struct Entry: Sendable {
        let program: String
        let client: Int
        /// What the job appends to the log of the program's memory.
        let number: UInt32
        /// The program was deleted after the job had been accepted.
        var mayLoseProgram = false
        /// How the job had ended, in some answer.
        var end: ChaosEnd?
    }

    private struct State {
        /// By job id.
        var entries: [String: Entry] = [:]
        var violations: [ChaosViolation] = []
        var retries = 0
    }

    private let state = Mutex(State())

    var entries: [String: Entry] { state.withLock { $0.entries } }
    var violations: [ChaosViolation] { state.withLock { $0.violations } }
    var accepted: Int { state.withLock { $0.entries.count } }
    var retries: Int { state.withLock { $0.retries } }

    func noteRetry() { state.withLock { $0.retries += 1 } }

    func report(_ kind: ChaosViolation.Kind, _ text: String) {
        state.withLock { $0.violations.append(ChaosViolation(kind: kind, text: text)) }
    }

    /// A job was accepted, or known as accepted before.
    func accept(_ id: String, _ entry: Entry) {
        state.withLock { state in
            guard let known = state.entries[id] else {
                state.entries[id] = entry
                return
            }
            if known.program != entry.program || known.number != entry.number {
                let text = "job \(id): \(known.program)/\(known.number) and \(entry.program)/\(entry.number)"
                state.violations.append(ChaosViolation(kind: .jobOfTwoKeys, text: text))
            }
        }
    }

    /// An answer said how a job has ended: all must say the same.
    func note(_ end: ChaosEnd, of id: String) {
        state.withLock { state in
            if let known = state.entries[id]?.end, known != end {
                let text = "job \(id): \(known), and \(end)"
                state.violations.append(ChaosViolation(kind: .twoEnds, text: text))
            }
            state.entries[id]?.end = end
        }
    }

    func noteDeletion(of program: String) {
        state.withLock { state in
            for (id, entry) in state.entries where entry.program == program {
                state.entries[id]?.mayLoseProgram = true
            }
        }
    }
}

/// How a job ended.
enum ChaosEnd: Sendable, Equatable, CustomStringConvertible {
    /// - Parameter length: of the program's log after it.
    case finished(length: Int)
    case otherwise(state: String, reason: String)

    /// Of a job's document; nil if it has not ended.
    init?(_ document: BenchClient.Answer) {
        guard let job = document.object, let state = job["state"] as? String else { return nil }
        let error = (job["error"] as? [String: Any])?["code"] as? String
        switch state {
        case "queued", "running": return nil
        case "finished" where job["outcome"] as? String == "success" && job["committed"] as? Bool == true:
            guard let length = (job["results"] as? [Int])?.first else { fallthrough }
            self = .finished(length: length)
        default: self = .otherwise(state: state, reason: error ?? job["outcome"] as? String ?? "no reason")
        }
    }

    var description: String {
        switch self {
        case .finished(let length): "finished (\(length))"
        case .otherwise(let state, let reason): "\(state) (\(reason))"
        }
    }
}
