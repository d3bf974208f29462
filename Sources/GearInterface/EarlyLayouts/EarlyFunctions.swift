extension GearFunctions {
    /// Layouts of years past, which compiled programs still have. What came until June 2023 has signatures of its own;
    /// before, many are those of the current functions, which mean something else.
    static var early: [GearFunction] {
        untilJune2023
            + (untilOctober2022 + untilSeptember2022).map { $0.inLayout("2022-09") }
            + (untilOctober2022 + untilJune2022).map { $0.inLayout("2022-06") }
            + (untilOctober2022 + untilApril2022).map { $0.inLayout("2022-04") }
    }
}
