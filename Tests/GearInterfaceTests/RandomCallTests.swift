import GearInterface
import Pages
import ProgramRuntime
import Testing

/// Programs that call anything with anything.
@Suite struct RandomCallTests {
    /// Numbers that follow from a seed (splitmix64).
    struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    /// What is likely to find a limit, beside small numbers.
    private static let notable: [UInt32] = [
        0x100, 0x120, 0x3FF0, 0x3FFF, 0x4000, 0x1_0000, Harness.outside - 36, Harness.outside - 1, Harness.outside,
        65_535, 65_536, 0x7FFF_FFFF, 0x8000_0000, .max - 1, .max,
    ]

    private func call(_ random: inout Seeded) throws -> Call {
        var call = try #require(SampleCalls.current.randomElement(using: &random))
        for index in call.arguments.indices where Int.random(in: 0..<4, using: &random) == 0 {
            let number =
                Bool.random(using: &random)
                ? UInt32.random(in: 0..<16, using: &random) : Self.notable.randomElement(using: &random) ?? 0
            call = call.with(call.arguments[index].type == .i32 ? .i32(number) : .i64(UInt64(number)), at: index)
        }
        return call
    }

    @Test(arguments: 0..<150 as Range<UInt64>)
    func everyCallEndsWellOrAsTheProgramsOwnError(seed: UInt64) throws {
        var random = Seeded(state: seed)
        var calls: [Call] = []
        for _ in 0..<12 { calls.append(try call(&random)) }
        let gas = UInt64.random(in: 0..<200_000, using: &random)
        let payload = Array(0..<UInt8.random(in: 0..<20, using: &random))

        let harness = try Harness(["run": calls], data: SampleCalls.data)
        harness.context.valueAvailable = 200
        let outcome = try harness.run(payload: payload, gas: gas)
        #expect(outcome.left <= gas)
        if outcome.end == .gasLimitExceeded { #expect(outcome.left == 0) }
        for hole in outcome.report.holes.intervals {
            #expect(hole.lowerBound >= 2 && hole.upperBound <= outcome.memorySize)
        }
        let sent = outcome.report.messages.reduce(outcome.report.reply?.value.number ?? 0) { $0 + $1.value.number }
        #expect(sent <= 200)
        #expect(Set(outcome.report.messages.map(\.id)).count == outcome.report.messages.count)

        let copy = try Harness(["run": calls], data: SampleCalls.data)
        copy.context.valueAvailable = 200
        let again = try copy.run(payload: payload, gas: gas)
        #expect(again.end == outcome.end)
        #expect(again.burned == outcome.burned)
        #expect(again.report == outcome.report)
        #expect(again.pages == outcome.pages)
    }
}
