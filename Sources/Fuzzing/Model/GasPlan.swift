import Metering

/// Where a program pays for its instructions, and how much: derived from its tree, in which the blocks of instructions
/// that execute together are plain to see.
///
/// A block of instructions begins with a function, with a loop's body, with either side of a choice, and behind a branch.
/// What stands behind a control block belongs to what stands before it, unless something inside branches further out.
struct GasPlan: Sendable {
    let costs: InstructionCosts
    /// By function.
    fileprivate(set) var entries: [UInt64] = []
    fileprivate(set) var bodies: [PaidList] = []

    init(_ program: Program, _ schedule: Schedule) {
        costs = InstructionCosts(weights: schedule.weights)
        for function in program.functions {
            let body = PaidList(function.body, end: costs.sum([function.result]), costs)
            entries.append(UInt64(costs.weights.local) * UInt64(function.locals.count) + body.cost)
            bodies.append(body)
        }
    }
}

/// Statements that follow each other, and what is paid between them.
struct PaidList: Sendable {
    struct Step: Sendable {
        let statement: Statement
        /// By the statement's own lists.
        let inner: [PaidList]
        /// What is to be paid after it, where a block of instructions ends with it.
        let costAfter: UInt64?
    }

    private(set) var steps: [Step] = []
    /// Of the block of instructions that it begins with, as far as that is in the list and in plain blocks inside.
    let cost: UInt64
    /// What is branched to from inside, and not inside; nil is the function's end.
    private let targets: Set<Label?>

    /// - Parameter end: the cost of the instructions that follow the last statement.
    init(_ statements: [Statement], end: UInt64, _ costs: InstructionCosts) {
        // From the last on: what is paid after a statement is the cost of those that follow.
        var following = end
        var targets: Set<Label?> = []
        for statement in statements.reversed() {
            let inner = statement.lists.map { PaidList($0, end: costs.back(statement), costs) }
            var further = inner.reduce(into: Set<Label?>()) { $0.formUnion($1.targets) }
            statement.label.map { _ = further.remove($0) }
            let isBranch = statement.isBranch
            let endsBlock = isBranch || !further.isEmpty
            let costAfter = endsBlock ? costs.tail(statement) + following : nil
            steps.append(Step(statement: statement, inner: inner, costAfter: costAfter))
            var own = costs.head(statement)
            if case .block = statement { own += inner[0].cost }
            following = endsBlock ? own : own + following
            targets.formUnion(further)
            targets.formUnion(statement.targets.map(Optional.some))
            if case .leave = statement { targets.insert(nil) }
        }
        steps.reverse()
        cost = following
        self.targets = targets
    }
}

extension Statement {
    /// Whether what follows it is not sure to be executed.
    fileprivate var isBranch: Bool {
        switch self {
        case .branch, .branchTable, .leave, .unreachable: true
        default: false
        }
    }
}
