/// Finds the places of a metered module in the one that was metered: where a program trapped, as its author knows it.
public struct MeteredPlaces {
    private let original: Module
    private let metered: Module
    private let form: any FunctionRewriter

    /// Meters once more, which gives the same.
    /// - Parameter original: a module that can be metered in this form with these weights.
    /// - Throws: as ``meter(_:form:weights:)``.
    public init(
        _ original: [UInt8], form: MeteringForm, weights: Weights = .standard
    ) throws(MeteringError) {
        self.original = try Module(original)
        self.form = form.rewriter(self.original, weights)
        metered = try Module(ModuleRewriter(module: self.original, form: self.form).rewrite().binary)
    }

    /// The offset of an instruction.
    /// - Parameter offset: of an instruction in the metered module, in bytes.
    /// - Returns: its offset in the original module; for what the metering put in, that of the instruction behind it. Nil
    ///   for what is in no function of the original.
    public func original(of offset: Int) throws(MeteringError) -> Int? {
        guard let index = metered.bodies.firstIndex(where: { $0.contains(offset) }), index < original.bodies.count
        else { return nil }
        return try form.rewrite(FunctionBody(original, index)).original(of: offset - metered.bodies[index].lowerBound)
    }

    /// Whether a function is the metering's own. In the exact form, a trap there is exhausted gas.
    /// - Parameter index: in the metered module, imported functions counted first.
    public func isMetering(function index: Int) -> Bool { index >= original.functionCount }
}
