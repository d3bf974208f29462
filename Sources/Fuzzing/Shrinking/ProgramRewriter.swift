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

    /// A control block becomes its content, and a conditional exit an unconditional one.
    mutating func unwrapStatement() -> Bool? {
        rewriteBodies { rewriter, statement in
            switch statement {
            case .block, .choose, .endless: rewriter.isHere() ? Array(statement.lists.joined()) : nil
            case .repeated(let label, let local, let count, let body):
                rewriter.isHere() ? (count > 1 ? [.repeated(label, local: local, count: 1, body)] : body) : nil
            case .branch(let label, .some): rewriter.isHere() ? [.branch(label, when: nil)] : nil
            case .branchTable(_, let labels): rewriter.isHere() ? [.branch(labels[0], when: nil)] : nil
            case .leave(let value, .branch), .leave(let value, .branchWhen),
                .leave(let value, .branchTable):
                rewriter.isHere() ? [.leave(value, .return)] : nil
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
                statement.visit {
                    switch $0 {
                    case .call(index, _), .indirectCall(index, _, _): isCalled = true
                    default: break
                    }
                }
            }
        }
        guard !isCalled else { return false }
        _ = rewriteExpressions { _, expression, _ in
            switch expression {
            case .call(let callee, let arguments) where callee > index: .call(callee - 1, arguments)
            case .indirectCall(let type, let element, let arguments) where type > index:
                .indirectCall(type - 1, element: element, arguments)
            default: nil
            }
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
            let lists = statement.lists.map { rewrite($0, rule) }
            return [statement.replacing(lists: lists)]
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
        let expressions = statement.expressions.map { rewrite($0, function, rule) }
        let lists = statement.lists.map { list in list.map { rewrite($0, function, rule) } }
        return statement.replacing(expressions: expressions).replacing(lists: lists)
    }

    private mutating func rewrite(
        _ expression: Expression, _ function: Function, _ rule: ExpressionRule
    ) -> Expression {
        if let replacement = rule(&self, expression, function) {
            // A rule that is for all places goes on inside.
            switch (replacement, expression) {
            case (.call, .call), (.indirectCall, .indirectCall):
                return replacement.replacing(operands: replacement.operands.map { rewrite($0, function, rule) })
            default: return replacement
            }
        }
        return expression.replacing(operands: expression.operands.map { rewrite($0, function, rule) })
    }
}
