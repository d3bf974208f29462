/// Changes one place of a program, counted in the order of the text.
struct ProgramRewriter {
    private(set) var program: Program
    /// Places still to be passed; negative once it was found.
    private var remaining: Int
    private var hasChanged = false

    init(place: Int, program: Program) {
        remaining = place
        self.program = program
    }

    private mutating func isHere() -> Bool {
        remaining -= 1
        return remaining == -1
    }

    // MARK: - What is changed. Each answers nil without such a place, and else whether it changed anything.

    mutating func removeStatement() -> Bool? {
        rewriteBodies { rewriter, statement in rewriter.isHere() ? [] : nil }
    }

    /// A loop or a choice becomes its content.
    mutating func unwrapStatement() -> Bool? {
        rewriteBodies { rewriter, statement in
            switch statement {
            case .choose(_, let first, let second): rewriter.isHere() ? first + second : nil
            case .repeated(let local, let count, let body):
                rewriter.isHere() ? (count > 1 ? [.repeated(local: local, count: 1, body)] : body) : nil
            default: nil
            }
        }
    }

    mutating func replaceExpression() -> Bool? {
        rewriteExpressions { rewriter, expression, function in
            guard rewriter.isHere() else { return nil }
            switch expression {
            case .constant: return expression
            case .binary(let operation, let left, _) where operation.operand == operation.result:
                rewriter.hasChanged = true
                return left
            default:
                rewriter.hasChanged = true
                return .constant(expression.type(in: function, of: rewriter.program), .zero)
            }
        }
    }

    mutating func simplifyConstant() -> Bool? {
        rewriteExpressions { rewriter, expression, _ in
            guard case .constant(let type, let bits) = expression, bits != .zero else { return nil }
            guard rewriter.isHere() else { return nil }
            rewriter.hasChanged = true
            return .constant(type, bits.low > 64 ? Bits(low: bits.low / 2) : Bits(low: bits.low - min(bits.low, 1)))
        }
    }

    mutating func removeFunction(_ index: Int) -> Bool {
        var isCalled = false
        remaining = -1
        for (caller, function) in program.functions.enumerated() where caller != index {
            for statement in function.body + [.drop(function.result)] {
                statement.visit { if case .call(index, _) = $0 { isCalled = true } }
            }
        }
        guard !isCalled else { return false }
        _ = rewriteExpressions { _, expression, _ in
            guard case .call(let callee, let arguments) = expression, callee > index else { return nil }
            return .call(callee - 1, arguments)
        }
        program.functions.remove(at: index)
        return true
    }

    // MARK: - Walking

    private typealias StatementRule = (inout ProgramRewriter, Statement) -> [Statement]?
    private typealias ExpressionRule = (inout ProgramRewriter, Expression, Function) -> Expression?

    private mutating func rewriteBodies(_ rule: StatementRule) -> Bool? {
        for index in program.functions.indices {
            program.functions[index].body = rewrite(program.functions[index].body, rule)
        }
        return remaining < 0 ? true : nil
    }

    private mutating func rewrite(_ statements: [Statement], _ rule: StatementRule) -> [Statement] {
        statements.flatMap { statement -> [Statement] in
            if let replacement = rule(&self, statement) { return replacement }
            switch statement {
            case .choose(let condition, let first, let second):
                return [.choose(condition, rewrite(first, rule), else: rewrite(second, rule))]
            case .repeated(let local, let count, let body):
                return [.repeated(local: local, count: count, rewrite(body, rule))]
            default: return [statement]
            }
        }
    }

    private mutating func rewriteExpressions(_ rule: ExpressionRule) -> Bool? {
        for index in program.functions.indices {
            let function = program.functions[index]
            program.functions[index].body = function.body.map { rewrite($0, function, rule) }
            program.functions[index].result = rewrite(function.result, function, rule)
        }
        return remaining < 0 ? hasChanged : nil
    }

    private mutating func rewrite(_ statement: Statement, _ function: Function, _ rule: ExpressionRule) -> Statement {
        switch statement {
        case .set(let local, let value): return .set(local, rewrite(value, function, rule))
        case .drop(let value): return .drop(rewrite(value, function, rule))
        case .store(let operation, let address, let value):
            let base = rewrite(address.base, function, rule)
            return .store(
                operation, Address(base: base, offset: address.offset), rewrite(value, function, rule))
        case .fill(let to, let value, let size):
            let to = rewrite(to, function, rule)
            let value = rewrite(value, function, rule)
            return .fill(to, value: value, size: rewrite(size, function, rule))
        case .copy(let to, let from, let size):
            let to = rewrite(to, function, rule)
            let from = rewrite(from, function, rule)
            return .copy(to, from: from, size: rewrite(size, function, rule))
        case .initialize(let segment, let to, let from, let size):
            let to = rewrite(to, function, rule)
            let from = rewrite(from, function, rule)
            return .initialize(segment: segment, to, from: from, size: rewrite(size, function, rule))
        case .choose(let condition, let first, let second):
            let condition = rewrite(condition, function, rule)
            let first = first.map { rewrite($0, function, rule) }
            return .choose(condition, first, else: second.map { rewrite($0, function, rule) })
        case .repeated(let local, let count, let body):
            return .repeated(local: local, count: count, body.map { rewrite($0, function, rule) })
        case .dropSegment, .burn, .unreachable: return statement
        }
    }

    private mutating func rewrite(
        _ expression: Expression, _ function: Function, _ rule: ExpressionRule
    ) -> Expression {
        if let replacement = rule(&self, expression, function) {
            // A rule that is for all places goes on inside.
            guard case .call(let callee, let arguments) = replacement, case .call = expression else {
                return replacement
            }
            return .call(callee, arguments.map { rewrite($0, function, rule) })
        }
        switch expression {
        case .constant, .local, .memorySize: return expression
        case .unary(let operation, let operand): return .unary(operation, rewrite(operand, function, rule))
        case .binary(let operation, let left, let right):
            let left = rewrite(left, function, rule)
            return .binary(operation, left, rewrite(right, function, rule))
        case .load(let operation, let address):
            return .load(
                operation, Address(base: rewrite(address.base, function, rule), offset: address.offset))
        case .memoryGrow(let delta): return .memoryGrow(rewrite(delta, function, rule))
        case .call(let callee, let arguments): return .call(callee, arguments.map { rewrite($0, function, rule) })
        case .host(let operation, let arguments):
            return .host(operation, arguments.map { rewrite($0, function, rule) })
        }
    }
}
