extension FunctionBody {
    /// Divides the instructions into metered blocks.
    ///
    /// A block ends where execution may go on elsewhere or come from elsewhere. What follows the end of a control block
    /// belongs to what came before it, if all ways through the control block lead there.
    /// - Returns: ordered by start, which no two share; also blocks without cost.
    func meteredBlocks(_ weights: Weights) -> [MeteredBlock] {
        struct ControlBlock {
            /// Index of the metered block that instructions belong to.
            var metered: Int
            /// The outermost control block that is branched to from inside, counted from the function's.
            var target: Int
        }
        let entry = UInt64(localCount) * UInt64(weights.local)
        var blocks = [MeteredBlock(start: 0, cost: entry, opening: .function)]
        var open = [ControlBlock(metered: 0, target: 0)]

        for (index, instruction) in instructions.enumerated() {
            let innermost = open.count - 1
            blocks[open[innermost].metered].cost += UInt64(weights[instruction.weight])

            func begin(_ opening: MeteredBlock.Opening = .other) -> Int {
                blocks.append(MeteredBlock(start: index + 1, cost: 0, opening: opening))
                return blocks.count - 1
            }
            func leave(for target: Int) {
                open[innermost].target = min(open[innermost].target, target)
                open[innermost].metered = begin()
            }
            switch instruction.flow {
            case .next, .call: break
            case .block: open.append(ControlBlock(metered: open[innermost].metered, target: open.count))
            case .loop: open.append(ControlBlock(metered: begin(.loop), target: open.count))
            case .if: open.append(ControlBlock(metered: begin(), target: open.count))
            case .else: open[innermost].metered = begin()
            case .branch, .conditionalBranch: leave(for: innermost - Int(instruction.label))
            case .return, .tailCall: leave(for: 0)
            case .trap: leave(for: innermost)
            case .end:
                let closed = open.removeLast()
                guard innermost > 0 else { break }
                open[innermost - 1].target = min(open[innermost - 1].target, closed.target)
                if closed.target < innermost { open[innermost - 1].metered = begin() }
            }
        }
        return blocks
    }
}
