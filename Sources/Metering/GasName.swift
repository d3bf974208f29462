/// Names under which a metered module exports its gas counters.
public enum GasName: String, CaseIterable, Sendable {
    /// A mutable i64 global, both forms: the gas that is left, or in the fast form what is left but for ``own``.
    /// The host sets it before a call, and takes off it what it charges itself. 0 at instantiation.
    case gas = "gear_gas"
    /// A mutable i64 global, fast form: what the program itself has burned. Up to date in host functions and after a
    /// return; a trap leaves it behind.
    case own = "gear_gas_own"
    /// A mutable i32 global, exact form: 1 once a charge could not be covered, and the program was ended for it.
    case exhausted = "gear_gas_exhausted"
}
