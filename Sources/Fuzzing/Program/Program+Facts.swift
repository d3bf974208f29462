extension Program {
    /// Whether any function calls the host.
    var usesHost: Bool {
        contains { if case .host = $0 { true } else { false } }
    }

    /// Whether any function calls through the table.
    var usesTable: Bool {
        contains { if case .indirectCall = $0 { true } else { false } }
    }

    /// Whether any function computes with vectors, which a compiler may not know on every processor.
    var usesVectors: Bool {
        functions.contains { ($0.params + $0.locals).contains(.v128) }
    }

    /// Whether every branch goes to a label around it.
    var labelsAreBound: Bool {
        functions.allSatisfy { function in function.body.allSatisfy { $0.labelsAreBound([]) } }
    }

    private func contains(_ test: (Expression) -> Bool) -> Bool {
        var isFound = false
        for function in functions {
            visit(function) { if test($0) { isFound = true } }
        }
        return isFound
    }

    private func visit(_ function: Function, _ body: (Expression) -> Void) {
        for statement in function.body { statement.visit(body) }
        function.result.visit(body)
    }
}

extension Statement {
    /// Its own label, if it can be branched to from within.
    var label: Label? {
        switch self {
        case .block(let label, _), .choose(let label, _, _, _), .repeated(let label, _, _, _), .endless(let label, _):
            label
        default: nil
        }
    }

    /// The lists of statements in it.
    var lists: [[Statement]] {
        switch self {
        case .block(_, let body), .repeated(_, _, _, let body), .endless(_, let body): [body]
        case .choose(_, _, let first, let second): [first, second]
        default: []
        }
    }

    /// The labels that it branches to itself.
    var targets: [Label] {
        switch self {
        case .branch(let label, _): [label]
        case .branchTable(_, let labels): labels
        default: []
        }
    }

    /// The expressions that are its own, in the order of their evaluation.
    var expressions: [Expression] {
        switch self {
        case .set(_, let value), .drop(let value): [value]
        case .store(_, let address, let value): [address.base, value]
        case .fill(let to, let value, let size): [to, value, size]
        case .copy(let to, let from, let size), .initialize(_, let to, let from, let size): [to, from, size]
        case .choose(_, let condition, _, _): [condition]
        case .branch(_, let condition): condition.map { [$0] } ?? []
        case .branchTable(let index, _): [index]
        case .leave(let value, .branchWhen(let operand)), .leave(let value, .branchTable(let operand)):
            [value, operand]
        case .leave(let value, _): [value]
        case .dropSegment, .block, .repeated, .endless, .unreachable: []
        }
    }

    fileprivate func labelsAreBound(_ around: Set<Label>) -> Bool {
        let inside = label.map { around.union([$0]) } ?? around
        return targets.allSatisfy(around.contains)
            && lists.allSatisfy { list in list.allSatisfy { $0.labelsAreBound(inside) } }
    }

    /// Calls `body` with every expression in it.
    func visit(_ body: (Expression) -> Void) {
        for expression in expressions { expression.visit(body) }
        for statement in lists.joined() { statement.visit(body) }
    }
}

extension Expression {
    /// The expressions that it is made of, in the order of their evaluation.
    var operands: [Expression] {
        switch self {
        case .constant, .local, .memorySize: []
        case .unary(_, let operand), .memoryGrow(let operand): [operand]
        case .binary(_, let left, let right): [left, right]
        case .load(_, let address): [address.base]
        case .call(_, let arguments), .host(_, let arguments): arguments
        case .indirectCall(_, let element, let arguments): arguments + [element]
        }
    }

    /// Calls `body` with itself and every expression in it.
    func visit(_ body: (Expression) -> Void) {
        body(self)
        for operand in operands { operand.visit(body) }
    }

    /// The type of its value within a function.
    func type(in function: Function, of program: Program) -> ValueType {
        switch self {
        case .constant(let type, _): type
        case .local(let index): function.type(ofLocal: index)
        case .unary(let operation, _): operation.result
        case .binary(let operation, _, _): operation.result
        case .load(let operation, _): operation.result
        case .memorySize, .memoryGrow: .i32
        case .call(let index, _), .indirectCall(let index, _, _): program.functions[index].resultType
        case .host(let operation, _): operation.resultType
        }
    }
}
