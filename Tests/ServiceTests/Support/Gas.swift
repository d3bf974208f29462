import Testing

/// What a job is expected to be charged: how often each cost, by its name; those that are not named, never.
struct ExpectedGas {
    let costs: [String: Int]

    /// Expects that the job burned exactly what the charges cost and what the program burns by itself.
    func expect(
        _ job: JobDocument, own: Int = CounterProgram.ownGas, _ charges: [String: Int],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let gas = try #require(job.gas, sourceLocation: sourceLocation)
        let counts = costs.mapValues { _ in 0 }.merging(charges) { $1 }
        #expect(gas.pages == counts, sourceLocation: sourceLocation)
        let price = charges.reduce(0) { $0 + (costs[$1.key] ?? 0) * $1.value }
        #expect(gas.burned == own + price, sourceLocation: sourceLocation)
        #expect(gas.burned + gas.left == gas.limit, sourceLocation: sourceLocation)
    }
}

extension TestService {
    /// What the service says that it charges.
    func gas() async throws -> ExpectedGas { ExpectedGas(costs: try await info().costs) }
}
