import Foundation

/// How long work takes on average, lately.
struct LoadEstimate {
    private var meanSeconds: Double?

    mutating func note(_ duration: Duration) {
        let seconds = Double(duration.wholeMicroseconds) / 1_000_000
        // An exponential mean over about the last sixteen.
        meanSeconds = meanSeconds.map { $0 + (seconds - $0) / 16 } ?? seconds
    }

    /// In how many seconds a queue of this length will have been worked off: what a refused client is told, 1 to 60.
    func retryAfter(waiting: Int, workers: Int) -> Int {
        Int(min(max(seconds(waiting: waiting, workers: workers).rounded(.up), 1), 60))
    }

    /// How long a queue of this length keeps the workers busy, in seconds.
    func seconds(waiting: Int, workers: Int) -> Double {
        (meanSeconds ?? 0) * Double(waiting) / Double(max(workers, 1))
    }
}
