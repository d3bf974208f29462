/// How a module counts what it burns. Both count the same.
public enum MeteringForm: String, Sendable, CaseIterable {
    /// Each block of instructions is paid before it begins, and a program ends exactly where its gas does not suffice:
    /// ``GasName/gas`` is 0 then, and ``GasName/exhausted`` is 1.
    case exact
    /// A program counts in a local variable, and looks at the limit where a loop goes round and where a function is
    /// entered that calls others. It may end late, or not at all if that makes no difference: it ran out of gas if
    /// ``GasName/own`` and what the host charged come to more than 0 in the end. A trap says nothing; the exact form does.
    /// The limit must be less than 2⁶³.
    case fast
}

/// A module with its metering.
public struct MeteredModule: Equatable, Sendable {
    public let binary: [UInt8]
    /// Custom sections that are not carried along, since they would be wrong: they speak of offsets in the code.
    public let droppedSections: [String]
}

/// What became of a module.
public enum MeteringResult: Equatable, Sendable {
    case metered(MeteredModule)
    /// The module exports ``GasName/gas`` itself, as a mutable i64 global: it is left as it is.
    case selfMetered
}

/// Rewrites a WebAssembly module so that it counts what it burns. Nothing that is numbered shifts: functions, globals,
/// types and exports are appended, and so is a local to each function in the fast form.
///
/// The module need not be valid, and is never found to be: an invalid one is refused, or stays invalid.
/// - Parameter binary: a module in the binary format.
/// - Throws: what is wrong with the module, or not served, at which offset.
public func meter(
    _ binary: [UInt8], form: MeteringForm, weights: Weights = .standard
) throws(MeteringError) -> MeteringResult {
    let module = try Module(binary)
    if let export = module.reservedExport { throw export }
    if module.isSelfMetered { return .selfMetered }
    return .metered(try ModuleRewriter(module: module, form: form.rewriter(module, weights)).rewrite())
}

extension MeteringForm {
    func rewriter(_ module: Module, _ weights: Weights) -> any FunctionRewriter {
        switch self {
        case .exact: ExactForm(module, weights)
        case .fast: FastForm(module, weights)
        }
    }
}
