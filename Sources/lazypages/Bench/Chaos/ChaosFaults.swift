import Foundation
import Fuzzing

/// What goes wrong in a chaos run.
enum ChaosFault: String, CaseIterable {
    case workerKilled = "worker killed"
    case serverKilled = "server killed"
    case workerFrozen = "worker frozen"
    case serverFrozen = "server frozen, its workers run"
    case machineFrozen = "server and workers frozen"
    case databaseStopped = "PostgreSQL stopped fast"
    case databaseCrashed = "PostgreSQL stopped immediately"
    case connectionsCut = "connections cut"
    case commitsCut = "answers of commits lost"
    case rollingRestart = "rolling restart"

    /// How often it comes, relative to the others.
    fileprivate var weight: Int {
        switch self {
        case .workerKilled, .serverKilled, .connectionsCut, .commitsCut: 4
        case .machineFrozen: 0
        case .workerFrozen, .serverFrozen: 3
        case .databaseStopped, .databaseCrashed, .rollingRestart: 2
        }
    }
}

/// Strikes servers and database, one fault after another, as the seed says.
final class ChaosFaults {
    private(set) var counts: [ChaosFault: Int] = [:]
    private let servers: ChaosServers
    private let postgres: ChaosPostgres
    private let leaseSeconds: Double
    private var random: RandomSource
    /// The one whose server and workers are frozen.
    private var frozenMachine: Int?
    private var nextFreeze = ContinuousClock.now
    /// What ends faults under way, and when.
    private var remedies: [(due: ContinuousClock.Instant, run: () throws -> Void)] = []

    private static let weighted = ChaosFault.allCases.flatMap { Array(repeating: $0, count: $0.weight) }

    init(_ servers: ChaosServers, _ postgres: ChaosPostgres, leaseSeconds: Int, seed: UInt64) {
        (self.servers, self.postgres, self.leaseSeconds) = (servers, postgres, Double(leaseSeconds))
        random = RandomSource(seed: seed)
    }

    /// Strikes until `isOver`, then sets everything right again.
    func run(until isOver: () -> Bool) throws {
        var next = ContinuousClock.now
        while !isOver() {
            if .now >= next {
                try strike(nextFault())
                next = .now + .milliseconds(random.within(100...1200))
            }
            try remedy { $0 <= .now }
            try servers.advance()
            usleep(10_000)
        }
        try remedyAll()
    }

    /// Every few seconds a machine is frozen: jobs survive that only because commits look at their claims, so that it is
    /// not left to chance. Until it goes on nothing is struck that would keep its workers from their commits.
    private func nextFault() -> ChaosFault {
        if frozenMachine != nil {
            return random.pick([.workerKilled, .serverKilled, .workerFrozen, .serverFrozen, .commitsCut])
        }
        return .now >= nextFreeze && postgres.isRunning ? .machineFrozen : random.pick(Self.weighted)
    }

    private func remedy(_ isDue: (ContinuousClock.Instant) -> Bool) throws {
        let due = remedies.filter { isDue($0.due) }
        remedies.removeAll { isDue($0.due) }
        for remedy in due { try remedy.run() }
    }

    private func remedyAll() throws {
        try remedy { _ in true }
        try servers.startAll()
    }

    private func strike(_ fault: ChaosFault) throws {
        var number = random.below(servers.count)
        if number == frozenMachine { number = (number + 1) % servers.count }
        var struck = true
        switch fault {
        case .workerKilled:
            let workers = servers.processes(number, .worker, &random)
            for worker in workers { kill(worker, SIGKILL) }
            struck = !workers.isEmpty
        case .serverKilled:
            servers.kill(number)
            let servers = servers
            after(milliseconds: random.within(0...3000)) { try servers.begin(number) }
        case .workerFrozen, .serverFrozen:
            _ = servers.awaitComputingWorker(of: number..<number + 1, within: .milliseconds(300))
            struck = freeze(number, fault == .workerFrozen ? .worker : .server)
        case .machineFrozen:
            struck = freeze(servers.awaitComputingWorker(of: 0..<servers.count, within: .seconds(2)) ?? number, .whole)
        case .databaseStopped: struck = try stopDatabase(.fast)
        case .databaseCrashed: struck = try stopDatabase(.immediate)
        case .connectionsCut:
            struck = postgres.isRunning
            if struck { try postgres.cutConnections(chance: random.within(20...100)) }
        case .commitsCut: struck = try postgres.isRunning && postgres.cutCommits(milliseconds: 300) > 0
        case .rollingRestart:
            // An operator would not begin it with a server down.
            try remedyAll()
            for number in 0..<servers.count {
                servers.stop(number)
                try servers.startAll()
            }
        }
        if struck { counts[fault, default: 0] += 1 }
    }

    /// For longer than the lease: always if it is a whole machine, else as a rule.
    private func freeze(_ number: Int, _ part: ChaosPart) -> Bool {
        let processes = servers.processes(number, part, &random)
        for process in processes { kill(process, SIGSTOP) }
        let share = random.within(part == .whole ? 160...220 : 80...200)
        let end = Int(10 * leaseSeconds * Double(share))
        // Workers go on before their server can look after them: long enough to end their jobs.
        for (place, process) in processes.enumerated() {
            after(milliseconds: end + (place == 0 && processes.count > 1 ? 1000 : 0)) { kill(process, SIGCONT) }
        }
        if part == .whole, !processes.isEmpty {
            frozenMachine = number
            after(milliseconds: end + 1500) { [self] in
                frozenMachine = nil
                nextFreeze = .now + .seconds(3)
            }
        }
        return !processes.isEmpty
    }

    private func stopDatabase(_ stop: ChaosPostgres.Stop) throws -> Bool {
        guard postgres.isRunning else { return false }
        try postgres.stop(stop)
        let postgres = postgres
        after(milliseconds: random.within(0...2000)) { try postgres.start() }
        return true
    }

    private func after(milliseconds: Int, _ remedy: @escaping () throws -> Void) {
        remedies.append((.now + .milliseconds(milliseconds), remedy))
    }
}
