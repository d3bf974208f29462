import Foundation

/// What servers do to each other while nothing is struck: one that claims what another one holds would be found out by the
/// other's commit, and do no harm, so that it would not show in any memory.
struct ChaosCalm {
    private let servers: ChaosServers
    private let ledger: ChaosLedger

    private static let counters = ["lazypages_lost_claims_total", "lazypages_commit_conflicts_total"]

    init(_ servers: ChaosServers, _ ledger: ChaosLedger) { (self.servers, self.ledger) = (servers, ledger) }

    /// Reports each counter that does not stand still. On a machine so busy that a lease runs out nothing can be told.
    func watch(for duration: Duration) {
        guard let before = servers.counters(Self.counters) else { return }
        let leases = servers.lostLeases
        usleep(UInt32(duration / .microseconds(1)))
        guard let after = servers.counters(Self.counters), servers.lostLeases == leases else { return }
        for (name, count) in after where count != before[name] {
            ledger.report(.race, "\(name) rose by \(count - (before[name] ?? 0)) in \(duration)")
        }
    }
}
