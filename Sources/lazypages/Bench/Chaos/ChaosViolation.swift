/// Something that must not be.
struct ChaosViolation: Sendable {
    enum Kind: String, CaseIterable, Sendable {
        case refused = "a job was refused"
        case notAccepted = "a job was not accepted in the time given"
        case keyOfTwoJobs = "one key was answered with two jobs"
        case jobOfTwoKeys = "one job was answered to two keys"
        case unknown = "an accepted job is not known"
        case notEnded = "an accepted job has not ended"
        case twoEnds = "a job has ended in two ways"
        case failed = "a job was given up"
        case lost = "a finished job had no effect"
        case doubled = "a job had several effects"
        case unexpected = "a job that did not finish had an effect"
        case foreign = "an effect belongs to no accepted job"
        case otherAnswer = "a job answered another effect than it had"
        case order = "jobs did not run in the order of acceptance"
        case race = "servers were in each other's way, although nothing was struck"
        case programGone = "a program is gone"
    }

    let kind: Kind
    /// Which job it was.
    let text: String
}
