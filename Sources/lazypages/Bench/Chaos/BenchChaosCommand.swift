import ArgumentParser
import Foundation

/// Whether jobs survive what can happen to servers, workers and the database.
struct BenchChaosCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chaos",
        abstract: "Kills, freezes and cuts everything under load, then looks for jobs done twice, or never.",
        discussion: """
            Starts a PostgreSQL and several servers on it. Clients post jobs with idempotency keys, again and again \
            until they are accepted; each job appends its number to a log in its program's memory. Meanwhile workers, \
            servers, connections and PostgreSQL are struck. At the end it reads all memories and all jobs: each \
            accepted job must have had exactly one effect, in the order of acceptance, and one end. In the last fifth \
            of the time nothing is struck: then no server may lose a job to another one.

            Exit status 1 if it does not hold, with the jobs named. The same seed gives the same sequence of faults; \
            when they strike what is up to the machine.
            """)

    @Option(help: "How long clients post jobs, in seconds.")
    var seconds = 30

    @Option(help: "End when so many jobs were accepted, if that is earlier.")
    var jobs: Int?

    @Option(help: "Of the sequence of faults. (default: a new one)")
    var seed: UInt64?

    @Option(help: "Servers on the one database.")
    var servers = 3

    @Option(help: "Clients that post jobs at once.")
    var clients = 24

    @Option(help: "Programs that jobs are posted to.")
    var programs = 12

    @Option(help: "Lease of the servers, in seconds: for longer than that they are frozen.")
    var leaseSeconds = 3

    func run() throws {
        for (value, option, range) in [
            (seconds, "seconds", 1...86_400), (jobs ?? 1, "jobs", 1...10_000_000), (servers, "servers", 1...16),
            (clients, "clients", 1...500), (programs, "programs", 1...1000), (leaseSeconds, "lease-seconds", 1...60),
        ] where !range.contains(value) {
            throw Failure(.usage, "--\(option) \(value): expected \(range.lowerBound) to \(range.upperBound)")
        }
        let seed = seed ?? .random(in: 0...999_999)
        let scratch = try BenchScratch()
        let postgres = try ChaosPostgres(in: scratch)
        let servers = try ChaosServers(
            self.servers, on: postgres.location, options: ["--workers", "3", "--lease-seconds", String(leaseSeconds)],
            in: scratch)
        let ledger = ChaosLedger()
        let faults = ChaosFaults(servers, postgres, leaseSeconds: leaseSeconds, seed: seed)
        print("seed \(seed): \(seconds) s, \(self.servers) servers, \(clients) clients, \(programs) programs")
        fflush(nil)

        try load(servers, ledger, faults)
        guard let port = servers.ports.any() else { throw Failure(.service, "no server runs: \(servers.logs)") }
        var verification = ChaosVerification(ledger, BenchClient(port: port))
        try verification.awaitEnds(within: .seconds(60 + 2 * leaseSeconds))
        try verification.compareLogs()
        for number in 0..<servers.count { servers.stop(number) }
        try show(faults, ledger, verification, servers)
    }

    /// Runs clients and faults, and returns when both are done.
    private func load(_ servers: ChaosServers, _ ledger: ChaosLedger, _ faults: ChaosFaults) throws {
        let (run, ports) = (ChaosRun(), servers.ports)
        let names = (0..<programs).map { "log-\($0)" }
        guard let port = ports.any() else { throw Failure(.service, "no server runs") }
        let setup = BenchClient(port: port)
        for name in names { try setup.expect(ChaosProgram.upload(name)) }

        let group = DispatchGroup()
        for number in 1...clients {
            start(in: group) { ChaosClient(number, ports, ledger, run).post(to: names) }
        }
        start(in: group) { [clients] in ChaosClient(clients + 1, ports, ledger, run).makeAndDelete("short") }
        let calm = Duration.seconds(seconds) / 5
        let end = ContinuousClock.now + .seconds(seconds) - calm
        defer { run.abandon() }
        try faults.run { .now >= end || ledger.accepted >= jobs ?? .max }
        run.calmDown()
        // Until the last leases that were lost are over.
        usleep(UInt32(min(calm / 2, .seconds(2 * leaseSeconds)) / .microseconds(1)))
        ChaosCalm(servers, ledger).watch(for: min(calm / 2, .seconds(10)))
        run.end()
        // What was posted last is accepted now that nothing stands in the way.
        if group.wait(timeout: .now() + .seconds(60)) == .timedOut { run.abandon() }
        group.wait()
    }

    private func start(in group: DispatchGroup, _ body: @escaping @Sendable () -> Void) {
        group.enter()
        let thread = Thread {
            body()
            group.leave()
        }
        thread.start()
    }

    private func show(
        _ faults: ChaosFaults, _ ledger: ChaosLedger, _ verification: ChaosVerification, _ servers: ChaosServers
    ) throws {
        for fault in ChaosFault.allCases { print("\(faults.counts[fault] ?? 0)\t\(fault.rawValue)") }
        print("\(ledger.accepted)\tjobs accepted, requests sent again: \(ledger.retries)")
        for (end, count) in verification.ends.sorted(by: { $0.value > $1.value }) { print("\(count)\t\(end)") }
        for said in servers.disorderlyStops { print("a server did not stop in order: \(said)") }
        let violations = ledger.violations
        guard violations.isEmpty else {
            for (kind, all) in Dictionary(grouping: violations, by: \.kind) {
                print("VIOLATION, \(all.count) times: \(kind.rawValue)")
                for violation in all.prefix(20) { print("    \(violation.text)") }
            }
            throw Failure(.programEndedOtherwise, "\(violations.count) violations")
        }
        print("each accepted job had exactly one effect, in order, and one end")
    }
}
