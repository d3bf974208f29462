/// How far ahead of their faults stored pages are brought in. It never changes what a job is charged for, nor what it
/// computes.
public struct Prefetch: Equatable, Sendable {
    /// The most pages that one query brings while a scan goes on, with the one that is needed; 1 brings no other along.
    public var scanWindow: Int
    /// The most pages that one query brings of those that an entry loaded the last time; 0 brings none.
    public var workingSetPages: Int

    public init(scanWindow: Int, workingSetPages: Int) {
        self.scanWindow = scanWindow
        self.workingSetPages = workingSetPages
    }

    public static let on = Prefetch(scanWindow: 256, workingSetPages: 1024)
    /// Each page in a query of its own, when it is touched.
    public static let off = Prefetch(scanWindow: 1, workingSetPages: 0)
}
