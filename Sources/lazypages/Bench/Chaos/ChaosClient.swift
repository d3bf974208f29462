import Foundation
import Synchronization

/// Posts jobs one after another, each again and again until it is known to be accepted, to whatever server answers.
final class ChaosClient {
    private let number: Int
    private let ports: ChaosPorts
    private let ledger: ChaosLedger
    private let run: ChaosRun
    private var client: BenchClient?
    private var posted = 0

    /// How long a request may stay unanswered.
    private static let patience = Duration.seconds(5)

    init(_ number: Int, _ ports: ChaosPorts, _ ledger: ChaosLedger, _ run: ChaosRun) {
        (self.number, self.ports, self.ledger, self.run) = (number, ports, ledger, run)
    }

    /// Posts to programs that stay, until the run is over.
    func post(to programs: [String]) {
        while !run.isOver, let program = programs.randomElement() { post(to: program) }
    }

    /// Makes a program, deletes it while jobs of it wait, makes another one with the same id, and begins anew.
    func makeAndDelete(_ name: String) {
        var round = 0
        while !run.isCalm {
            let id = "\(name)-\(round)"
            guard insist(ChaosProgram.upload(id), until: [201, 409]) != nil else { return }
            for _ in 0..<8 { post(to: id, preference: "respond-async") }
            ledger.noteDeletion(of: id)
            guard insist(ChaosProgram.delete(id), until: [204, 404]) != nil else { return }
            round += 1
            usleep(500_000)
        }
    }

    private func post(to program: String, preference: String? = nil) {
        posted += 1
        let number = UInt32(self.number) << 20 | UInt32(posted)
        let key = "\(run.id)-\(number)"
        let preference = preference ?? ["", "", "wait=1", "respond-async"].randomElement() ?? ""
        // Some are long enough to be interrupted for sure, if someone looks for them.
        let spin =
            switch Int.random(in: 0..<40) {
            case 0: Int.random(in: 150_000_000..<300_000_000)
            case 1...8: Int.random(in: 0..<5_000_000)
            default: 0
            }
        let job = ChaosProgram.job(program, number: number, spin: spin, key: key, preference: preference)
        let entry = ChaosLedger.Entry(program: program, client: self.number, number: number)
        guard let id = accepted(job, entry) else {
            ledger.report(.notAccepted, "number \(number) of \(program)")
            return
        }
        // Whoever asks again is told of the same job.
        if Int.random(in: 0..<10) == 0, let again = accepted(job, entry), again != id {
            ledger.report(.keyOfTwoJobs, "key \(key): jobs \(id) and \(again)")
        }
    }

    /// - Returns: the job's id; nil if it was never told.
    private func accepted(_ job: BenchRequest, _ entry: ChaosLedger.Entry) -> String? {
        var id: String?
        _ = insist(job) { [ledger] answer in
            let object = answer.object ?? [:]
            // A problem names its job, if it has one.
            id = answer.status < 300 ? object["id"] as? String : object["job"] as? String
            if let id {
                ledger.accept(id, entry)
                if answer.status < 300, let end = ChaosEnd(answer) { ledger.note(end, of: id) }
                return true
            }
            if answer.status != 503, answer.status != 409 {
                let text = String(decoding: answer.body, as: UTF8.self)
                ledger.report(.refused, "number \(entry.number) of \(entry.program): \(answer.status) \(text)")
                return true
            }
            return false
        }
        return id
    }

    private func insist(_ request: BenchRequest, until statuses: [Int]) -> BenchClient.Answer? {
        insist(request) { statuses.contains($0.status) }
    }

    /// Sends a request until an answer is final, or the run's last end has come.
    private func insist(_ request: BenchRequest, _ isFinal: (BenchClient.Answer) -> Bool) -> BenchClient.Answer? {
        var pause: useconds_t = 10_000
        while !run.isAbandoned {
            if let answer = send(request), isFinal(answer) { return answer }
            ledger.noteRetry()
            usleep(pause)
            pause = min(2 * pause, 400_000)
        }
        return nil
    }

    /// To the server that answered last, mostly.
    private func send(_ request: BenchRequest) -> BenchClient.Answer? {
        if client == nil || Int.random(in: 0..<20) == 0 { client = ports.any().map { BenchClient(port: $0) } }
        let answer = client?.send(request, within: Self.patience)
        if answer == nil || answer?.status == 503 { client = nil }
        return answer
    }
}

/// When a chaos run ends. Shared by all clients.
final class ChaosRun: Sendable {
    /// Part of all idempotency keys.
    let id = UUID().uuidString.prefix(8).lowercased()
    /// Nothing is struck any more, and no program deleted.
    private let calm = Atomic(false)
    /// No new job is posted.
    private let over = Atomic(false)
    /// Whoever still waits gives up.
    private let abandoned = Atomic(false)

    var isCalm: Bool { calm.load(ordering: .relaxed) }
    var isOver: Bool { over.load(ordering: .relaxed) }
    var isAbandoned: Bool { abandoned.load(ordering: .relaxed) }

    func calmDown() { calm.store(true, ordering: .relaxed) }
    func end() { over.store(true, ordering: .relaxed) }
    func abandon() { abandoned.store(true, ordering: .relaxed) }
}
