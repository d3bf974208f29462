/// In which order an execution touches stored pages, and what the run of the same entry before it did. A job is measured
/// whole: from its program's row to its own record, without a commit.
enum TouchOrder: String, CaseIterable, Codable {
    /// From the first page on; there was no run before.
    case sequential
    /// Random pages; there was no run before.
    case random
    /// From the first page on, as in the run before.
    case sequentialAgain = "sequential_again"
    /// Random pages, the same as in the run before.
    case randomAgain = "random_again"
    /// Random pages; the run before touched random ones, too.
    case randomOther = "random_other"
    /// A job that reads pages from the first on; its entry has not run before.
    case job
    /// The same job again.
    case jobAgain = "job_again"

    var isJob: Bool { self == .job || self == .jobAgain }

    /// - Parameter stored: how many pages there are.
    func touches(_ count: Int, of stored: Int) -> (before: [UInt32]?, now: [UInt32]) {
        let sequential = (0..<UInt32(count)).map { $0 }
        func random() -> [UInt32] { Array((0..<UInt32(stored)).shuffled().prefix(count)) }
        switch self {
        case .sequential, .job: return (nil, sequential)
        case .sequentialAgain, .jobAgain: return (sequential, sequential)
        case .random: return (nil, random())
        case .randomOther: return (random(), random())
        case .randomAgain:
            let pages = random()
            return (pages, pages)
        }
    }
}
