/// Names under which a metered module exports its gas counters.
public enum GasName: String, CaseIterable, Sendable {
    /// A mutable i64 global, exact form: the gas that is left. The host sets it before a call, and takes off it what it
    /// charges itself. 0 at instantiation.
    case gas = "gear_gas"
    /// A mutable i64 global, fast form: what the program itself has burned, less the limit, which the host takes off it
    /// before a call. Up to date in host functions and after a return; a trap leaves it behind. 0 at instantiation.
    case own = "gear_gas_own"
    /// A mutable i32 global, exact form: 1 once a charge could not be covered, and the program was ended for it.
    case exhausted = "gear_gas_exhausted"
}
