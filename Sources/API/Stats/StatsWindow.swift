/// A stretch of time up to now. It moves on by a sixth of its length, and holds at least its length, if the service has run
/// for so long.
enum StatsWindow: String, CaseIterable {
    case minute = "1m"
    case fiveMinutes = "5m"
    case hour = "1h"

    /// Whole slices that it holds beside the one that is under way.
    static let slices = 6

    private var sliceSeconds: Int {
        switch self {
        case .minute: 10
        case .fiveMinutes: 50
        case .hour: 600
        }
    }

    /// The number of the slice that is under way.
    /// - Parameter now: since the service's start.
    func slice(at now: Duration) -> Int { Int(now.components.seconds) / sliceSeconds }

    /// How many seconds the window holds.
    func seconds(at now: Duration) -> Double {
        let begin = Duration.seconds(max(0, slice(at: now) - Self.slices) * sliceSeconds)
        return (now - begin) / .seconds(1)
    }
}
