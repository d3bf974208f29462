/// What a token allows its bearer to do.
public enum Role: String, CaseIterable, Codable, Sendable {
    /// Look at programs, pages, jobs and how the service stands.
    case read
    /// Post and cancel jobs.
    case run
    /// Store programs and pages.
    case upload
    /// Everything, and only it deletes programs.
    case admin
}
