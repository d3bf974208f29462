/// Makes a failing case smaller while it still fails: fewer statements, simpler values, fewer stored pages.
struct Shrinker {
    /// Whether a smaller case still shows a difference.
    private let fails: (FuzzCase) -> Bool
    private(set) var attempts = 0

    /// Bounds the time: an attempt takes milliseconds.
    static let attemptLimit = 3000

    init(fails: @escaping (FuzzCase) -> Bool) { self.fails = fails }

    mutating func shrink(_ original: FuzzCase) -> FuzzCase {
        var smallest = original
        var isProgressing = true
        while isProgressing, attempts < Self.attemptLimit {
            isProgressing = false
            for pass in Pass.allCases { isProgressing = run(pass, &smallest) || isProgressing }
        }
        return smallest
    }

    private enum Pass: CaseIterable { case statements, unwrapping, expressions, constants, functions, scenario }

    /// Tries every place of the pass once; a place that could be simplified is tried again.
    private mutating func run(_ pass: Pass, _ smallest: inout FuzzCase) -> Bool {
        var place = 0
        var hasProgressed = false
        while attempts < Self.attemptLimit {
            guard let candidate = candidate(pass, smallest, place) else { return hasProgressed }
            attempts += 1
            if let candidate, fails(candidate) {
                smallest = candidate
                hasProgressed = true
            } else {
                place += 1
            }
        }
        return hasProgressed
    }

    /// Nil when there is no such place; `.some(nil)` when there is nothing to be simplified at it.
    private func candidate(_ pass: Pass, _ original: FuzzCase, _ place: Int) -> FuzzCase?? {
        var smaller = original
        switch pass {
        case .statements, .unwrapping, .expressions, .constants:
            var rewriter = ProgramRewriter(place: place, program: original.program)
            let outcome =
                switch pass {
                case .statements: rewriter.removeStatement()
                case .unwrapping: rewriter.unwrapStatement()
                case .expressions: rewriter.replaceExpression()
                default: rewriter.simplifyConstant()
                }
            guard let outcome else { return nil }
            smaller.program = rewriter.program
            return outcome ? smaller : .some(nil)
        case .functions: return Self.withoutFunction(original, place)
        case .scenario: return ScenarioSimplification.candidate(original, place)
        }
    }

    /// Without a function that nothing calls.
    private static func withoutFunction(_ original: FuzzCase, _ place: Int) -> FuzzCase?? {
        guard place < original.program.functions.count - 1 else { return nil }
        var smaller = original
        var rewriter = ProgramRewriter(place: place, program: original.program)
        guard rewriter.removeFunction(place) else { return .some(nil) }
        smaller.program = rewriter.program
        return smaller
    }
}
