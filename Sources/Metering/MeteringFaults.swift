/// Everything that keeps a module from being metered, so that its author need not find it one by one.
///
/// Behind a fault in a function the next function is read, and behind an unsupported instruction of known length the next
/// instruction. A fault in what the functions refer to, types and imports and the like, is the last.
/// - Parameter limit: of the number of faults; what is beyond is left out.
/// - Returns: by offset; none if ``meter(_:form:weights:)`` throws nothing.
public func meteringFaults(
    _ binary: [UInt8], form: MeteringForm, weights: Weights = .standard, limit: Int = 100
) -> [MeteringError] {
    let faults = FaultCollector(limit: limit)
    do throws(MeteringError) {
        let module = try Module(binary, faults)
        if let export = module.reservedExport { faults.add(export) }
        if module.isSelfMetered { return faults.all.sorted { $0.offset < $1.offset } }
        let rewriter = form.rewriter(module, weights)
        for index in 0..<min(module.bodies.count, module.functionTypes.count) where !faults.isFull {
            do throws(MeteringError) {
                let known = faults.all.count
                let body = try FunctionBody(module, index, faults)
                if faults.all.count == known { _ = try rewriter.rewrite(body) }
            } catch {
                faults.add(error)
            }
        }
        if faults.all.isEmpty { _ = try ModuleRewriter(module: module, form: rewriter).rewrite() }
    } catch {
        faults.add(error)
    }
    return faults.all.sorted { $0.offset < $1.offset }
}

/// Faults behind which reading goes on.
final class FaultCollector {
    private let limit: Int
    private(set) var all: [MeteringError] = []

    init(limit: Int) { self.limit = limit }

    var isFull: Bool { all.count >= limit }

    func add(_ fault: MeteringError) {
        if !isFull { all.append(fault) }
    }
}
