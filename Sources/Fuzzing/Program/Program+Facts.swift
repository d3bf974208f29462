extension Program {
    /// Whether any function calls the host.
    var usesHost: Bool {
        contains { if case .host = $0 { true } else { false } }
    }

    /// Whether any function computes with vectors, which a compiler may not know on every processor.
    var usesVectors: Bool {
        functions.contains { ($0.params + $0.locals).contains(.v128) }
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
    /// Calls `body` with every expression in it.
    func visit(_ body: (Expression) -> Void) {
        switch self {
        case .set(_, let value), .drop(let value): value.visit(body)
        case .store(_, let address, let value):
            address.base.visit(body)
            value.visit(body)
        case .fill(let to, let value, let size): for part in [to, value, size] { part.visit(body) }
        case .copy(let to, let from, let size), .initialize(_, let to, let from, let size):
            for part in [to, from, size] { part.visit(body) }
        case .choose(let condition, let first, let second):
            condition.visit(body)
            for statement in first + second { statement.visit(body) }
        case .repeated(_, _, let statements): for statement in statements { statement.visit(body) }
        case .dropSegment, .burn, .unreachable: break
        }
    }
}

extension Expression {
    /// Calls `body` with itself and every expression in it.
    func visit(_ body: (Expression) -> Void) {
        body(self)
        switch self {
        case .constant, .local, .memorySize: break
        case .unary(_, let operand), .memoryGrow(let operand): operand.visit(body)
        case .binary(_, let left, let right):
            left.visit(body)
            right.visit(body)
        case .load(_, let address): address.base.visit(body)
        case .call(_, let arguments), .host(_, let arguments): for argument in arguments { argument.visit(body) }
        }
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
        case .call(let index, _): program.functions[index].resultType
        case .host(let operation, _): operation.resultType
        }
    }
}
