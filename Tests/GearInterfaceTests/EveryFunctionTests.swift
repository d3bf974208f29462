import GearInterface
import Metering
import ProgramRuntime
import Testing

/// What is so for every function of every layout.
@Suite struct EveryFunctionTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let layout: String
        let call: Call

        var testDescription: String { "\(call.name) \(layout)" }

        /// A program that makes the call alone, and imports all of the layout.
        func harness(_ call: Call) throws -> Harness {
            let rest = SampleCalls.layouts.first { $0.name == layout }?.calls ?? []
            return try Harness(["run": [call], "rest": rest], data: SampleCalls.data)
        }
    }

    static let cases = SampleCalls.layouts.flatMap { layout in
        layout.calls.map { Case(layout: layout.name, call: $0) }
    }

    @Test(arguments: SampleCalls.layouts.map(\.name))
    func aWholeLayoutCanBeImported(layout: String) throws {
        let calls = SampleCalls.layouts.first { $0.name == layout }?.calls ?? []
        #expect(!calls.isEmpty)
        _ = try Harness(["run": calls])
    }

    @Test func nothingIsOfferedThatNoLayoutHas() {
        let known = Set(Self.cases.map { signature($0.call) })
        for function in GearInterface().hostFunctions {
            let found = "\(function.name) \(function.params.map(\.rawValue)) \(function.results.map(\.rawValue))"
            #expect(known.contains(found))
            #expect(function.module == "env")
        }
    }

    private func signature(_ call: Call) -> String {
        "\(call.name) \(call.arguments.map(\.type.rawValue)) \((call.result.map { [$0] } ?? []).map(\.rawValue))"
    }

    @Test(arguments: cases.filter { !$0.call.pointers.isEmpty })
    func everyPointerIsCheckedToTheLastByte(_ sample: Case) throws {
        for (pointer, size) in sample.call.pointers {
            let last = Harness.outside - size
            let inside = try sample.harness(sample.call.with(.i32(last), at: pointer)).run(payload: Array(0..<8))
            #expect(!inside.isOutOfBounds, "argument \(pointer)")
            for address in [last + 1, Harness.outside, UInt32.max - 1] {
                let outcome = try sample.harness(sample.call.with(.i32(address), at: pointer))
                    .run(payload: Array(0..<8))
                #expect(outcome.isOutOfBounds, "argument \(pointer): \(outcome.end)")
                #expect(outcome.report == GearReport(), "nothing was done before")
            }
        }
    }

    @Test(arguments: cases)
    func gasThatDoesNotCoverACallEndsTheProgramWithNoneLeft(_ sample: Case) throws {
        let outcome = try sample.harness(sample.call).run(payload: [1, 2, 3, 4, 5, 6, 7, 8], gas: 999)
        #expect(outcome.end == .gasLimitExceeded)
        #expect(outcome.left == 0)
        #expect(outcome.accessedPages.isEmpty)
        #expect(outcome.report == GearReport())
    }

    @Test func aCallCostsByTheMemoryThatItTouches() throws {
        let weights = Weights.standard.host
        #expect(try Harness(Call("gr_size", 0)).run().burned == weights.context + 4)
        #expect(try Harness(Call("gr_random", 0, 64)).run().burned == weights.random + 32 + 36)
        #expect(try Harness(Call("gr_read", 0, 50, 0, 100)).run(payload: Array(0..<50)).burned == weights.input + 54)
        #expect(try Harness(Call("gr_debug", 0, 0x2_0000)).run().burned == weights.log + 0x2_0000)
        #expect(try Harness(Call("gr_send", 0, 0, 100, 0, 200)).run().burned == weights.message + 48 + 100 + 36)
        let input = try Harness(Call("gr_reply_input", 1, 6, .i32(.max), 0)).run(payload: Array(0..<8))
        #expect(input.burned == weights.message + 36 + 6)
    }

    /// A size of 4 GB costs more than the job has, before anything is done for it.
    @Test func aHugeSizeIsPaidBeforeItIsLookedAt() throws {
        for call in [Call("gr_debug", 0, .i32(.max)), Call("gr_read", 0, .i32(.max), 0, 100)] {
            #expect(try Harness(call).run().end == .gasLimitExceeded)
            #expect(try Harness(call).run(gas: 1 << 40).isOutOfBounds)
        }
    }

    @Test func pagesAreChargedOnceForACallThatTouchesThemTwice() throws {
        let harness = try Harness(Call("gr_random", 0, 32), Call("gr_random", 0x4000, 0x3FF0))
        (harness.costs.hostFuncRead, harness.costs.hostFuncWrite) = (100, 1000)
        harness.costs.hostFuncWriteAfterRead = 10_000
        let weights = Weights.standard.host
        #expect(try harness.run().burned == 2 * (weights.random + 68) + 100 + 10_000 + 100 + 10_000)
    }

    @Test func intervalsOfNoBytesPointNowhere() throws {
        let nowhere = HostValue.i32(.max)
        let calls = [
            Call("gr_debug", nowhere, 0), Call("gr_read", 0, 0, nowhere, 0), Call("gr_reply", nowhere, 0, nowhere, 0),
        ]
        for call in calls { #expect(try Harness(call).run().end == .returned([])) }
    }
}
