import Pages

/// Gas by what it was burned for: each page cost, and `execution` for all else.
enum GasByCost {
    /// - Parameters:
    ///   - burned: all gas that was burned.
    ///   - costs: the price of each page cost.
    ///   - charges: how often a page cost was charged.
    static func amounts(
        _ burned: Double, _ costs: PageCosts, charges: (CostKind) -> Double
    ) -> [(cost: String, gas: Double)] {
        let pages = CostKind.allCases.map { (cost: $0.metricLabel, gas: charges($0) * Double(costs[$0])) }
        return pages + [(cost: "execution", gas: max(0, burned - pages.reduce(0) { $0 + $1.gas }))]
    }
}

extension CostKind {
    /// The cost's name as the API writes it.
    var metricLabel: String {
        switch self {
        case .signalRead: "signal_read"
        case .signalWrite: "signal_write"
        case .signalWriteAfterRead: "signal_write_after_read"
        case .hostFuncRead: "host_func_read"
        case .hostFuncWrite: "host_func_write"
        case .hostFuncWriteAfterRead: "host_func_write_after_read"
        case .loadPageData: "load_page_data"
        }
    }
}
