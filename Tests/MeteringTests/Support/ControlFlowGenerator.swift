/// Makes up programs that go many ways: what a branch does is decided by a random number of the program's own. They may
/// go round for ever.
struct ControlFlowGenerator {
    private var random: SeededGenerator
    private var text = ""
    /// Control blocks around the place, and whether one is being written whose end is not reached.
    private var depth = 0
    private var statementsLeft = 0
    private let functionCount = 3

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// A module with an entry `run` without parameters, which returns a number that depends on the way taken.
    mutating func module() -> String {
        text = """
            (module
              (memory 1 4)
              (global $state (mut i32) (i32.const \(random.below(1 << 30))))
              (global $way (mut i32) (i32.const 0))
              (table funcref (elem $f0 $f1 $f2))
              (func $choice (result i32)
                (global.set $state
                  (i32.add (i32.mul (global.get $state) (i32.const 1664525)) (i32.const 1013904223)))
                (i32.and (i32.shr_u (global.get $state) (i32.const 24)) (i32.const 3)))
              (func (export "run") (result i32) (call $f0) (global.get $way))

            """
        for index in 0..<functionCount {
            text += "(func $f\(index) (local i64 i32)\n"
            (depth, statementsLeft) = (0, 40)
            statements()
            text += ")\n"
        }
        return text + ")"
    }

    private mutating func statements() {
        for _ in 0..<random.below(5) + 1 where statementsLeft > 0 {
            statementsLeft -= 1
            statement()
        }
    }

    private mutating func nested(_ opening: String, _ closing: String = ")") {
        text += opening
        depth += 1
        statements()
        depth -= 1
        text += closing + "\n"
    }

    private var label: Int { mutating get { random.below(depth + 1) } }

    private mutating func statement() {
        let choice = "(i32.eqz (call $choice))"
        switch random.below(depth < 6 ? 24 : 14) {
        case 0...2:
            let number = random.below(1000)
            text += "(global.set $way (i32.add (i32.mul (global.get $way) (i32.const 31)) (i32.const \(number))))\n"
        case 3: text += "nop\n"
        case 4...6: text += "(br_if \(label) \(choice))\n"
        case 7: text += "(br_table \(label) \(label) \(label) (call $choice))\n"
        case 8: text += random.below(2) == 0 ? "(br \(label))\n" : "(return)\n"
        case 9: text += "(call $f\(random.below(functionCount)))\n"
        case 10: text += "(call_indirect (call $choice))\n"
        case 11:
            let isTail = random.below(3) == 0
            text += isTail ? "(return_call $f\(random.below(functionCount)))\n" : "(drop (call $choice))\n"
        case 12: text += random.below(6) == 0 ? "unreachable\n" : "(local.set 1 (call $choice))\n"
        case 13:
            text += "(memory.fill (i32.const 0) (i32.const 0) (call $choice)) (drop (memory.grow (call $choice)))\n"
        case 14...16: nested("(block\n")
        case 17...19: nested("(loop\n")
        case 20...21: nested("(if \(choice) (then\n", "))")
        default:
            nested("(if \(choice) (then\n")
            nested("(else\n", "))")
        }
    }
}
