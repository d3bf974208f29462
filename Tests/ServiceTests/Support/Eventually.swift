/// Waits until something holds, at most for a time that is far too long.
/// - Returns: false if it never did.
func eventually(
    within limit: Duration = .seconds(60), _ condition: @Sendable () async throws -> Bool
) async rethrows -> Bool {
    let end = ContinuousClock.now + limit
    while try await !condition() {
        guard .now < end else { return false }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return true
}
