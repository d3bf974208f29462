import PageStorage

/// How long a job took, from when its worker began to load the program.
enum Pace {
    /// So little that a few more jobs may wait for it.
    case quick
    /// Longer, for whatever reason: a busy processor is enough, or a storage that answers late.
    case slow
    /// So long that no job is to wait for another one.
    case long
}

/// Which programs' jobs are done in no time, going by their last ones.
struct PaceBook {
    /// How many of a program's last jobs, in a row, were not quick.
    private var slowJobs: [ProgramKey: Int] = [:]

    /// Those of a program that nothing is known of are not taken for quick, nor after two that were not.
    private static let tooMany = 2
    private static let limit = 100_000

    func isQuick(_ key: ProgramKey) -> Bool { slowJobs[key, default: Self.tooMany] < Self.tooMany }

    mutating func note(_ pace: Pace, of key: ProgramKey) {
        // What is forgotten is found out again by the program's next job.
        if slowJobs.count >= Self.limit, slowJobs[key] == nil { slowJobs = [:] }
        switch pace {
        case .quick: slowJobs[key] = 0
        case .slow: slowJobs[key] = min(slowJobs[key, default: Self.tooMany] + 1, Self.tooMany)
        case .long: slowJobs[key] = nil
        }
    }
}
