import Logging
import PageStorage

/// Removes jobs that ended long ago, in small steps, so that nobody has to wait for it.
struct Retention: Sendable {
    let storage: StoragePool
    /// How long ended jobs are kept; nil for ever.
    let kept: Duration?
    let logger: Logger

    private static let jobsPerStep = 500
    private static let pauseBetweenSteps = Duration.milliseconds(100)
    private static let pauseBetweenRounds = Duration.seconds(60)

    /// Goes on until its task is cancelled.
    func run() async {
        // Idempotency keys have an age of their own, also where jobs are kept for ever.
        let ageMs = kept?.wholeMilliseconds ?? .max
        while !Task.isCancelled {
            var pause = Self.pauseBetweenRounds
            do {
                let removed = try await storage.withStorage { storage throws(StorageError) in
                    try storage.removeEndedJobs(olderThanMs: ageMs, limit: Self.jobsPerStep)
                }
                if removed > 0 { logger.info("jobs removed that ended long ago", metadata: ["jobs": "\(removed)"]) }
                if removed == Self.jobsPerStep { pause = Self.pauseBetweenSteps }
            } catch {
                logger.warning("old jobs could not be removed", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: pause * Double.random(in: 0.8...1.2))
        }
    }
}
