/// Simpler memory, store, costs and arguments.
enum ScenarioSimplification {
    /// Nil when there is no such place; `.some(nil)` when nothing can be simplified at it.
    static func candidate(_ original: FuzzCase, _ place: Int) -> FuzzCase?? {
        let pages = original.scenario.stored.keys.sorted()
        let segments = original.program.segments.count
        var smaller = original
        switch place {
        case 0: smaller.scenario.firstArgument = 0
        case 1: smaller.scenario.secondArgument = 0
        case 2: smaller.scenario.stackEnd = 0
        case 3: smaller.scenario.memorySize = max(original.program.memoryMinimum, original.scenario.memorySize / 2)
        case 4:
            smaller.program.memoryMinimum = min(
                original.program.memoryMinimum, max(1, original.program.memoryMinimum / 2))
        case 5: smaller.scenario.memoryMaximum = original.scenario.memorySize
        case 6: smaller.program.importsMemory = false
        case 7: smaller.program.memoryMaximum = nil
        case 8..<15:
            let cost = original.scenario.costs[place - 8]
            smaller.scenario.costs[place - 8] = cost > 200 ? 100 + UInt64(place) : cost
        case 15..<15 + pages.count: smaller.scenario.stored[pages[place - 15]] = nil
        case 15 + pages.count..<15 + 2 * pages.count:
            smaller.scenario.stored[pages[place - 15 - pages.count]] = .filled(0)
        case 15 + 2 * pages.count..<15 + 2 * pages.count + segments:
            let segment = smaller.program.segments[place - 15 - 2 * pages.count]
            smaller.program.segments[place - 15 - 2 * pages.count].bytes = Array(
                segment.bytes.prefix(max(1, segment.bytes.count / 2)))
        default: return nil
        }
        return isSame(smaller, original) ? .some(nil) : smaller
    }

    private static func isSame(_ left: FuzzCase, _ right: FuzzCase) -> Bool {
        let (first, second) = (left.scenario, right.scenario)
        return first.firstArgument == second.firstArgument && first.secondArgument == second.secondArgument
            && first.stackEnd == second.stackEnd && first.memorySize == second.memorySize
            && first.memoryMaximum == second.memoryMaximum && first.costs == second.costs
            && first.stored == second.stored && left.program.importsMemory == right.program.importsMemory
            && left.program.memoryMaximum == right.program.memoryMaximum
            && left.program.memoryMinimum == right.program.memoryMinimum
            && left.program.segments == right.program.segments
    }
}
