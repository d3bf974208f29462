import GearInterface
import ProgramRuntime
import Testing

@Suite struct ExecutionTests {
    @Test func everythingIsFreshWhenAJobBegins() throws {
        let harness = try Harness(
            Call("gr_debug", .i32(SampleCalls.payload), .i32(SampleCalls.payloadSize)),
            Call("gr_send", .i32(SampleCalls.hash), .i32(SampleCalls.payload), 8, 0, .i32(SampleCalls.output)),
            Call("gr_reply", .i32(SampleCalls.payload), 8, .i32(.max), .i32(SampleCalls.second)),
            Call("gr_value_available", 0x900), Call("alloc", 1, result: .i32), data: SampleCalls.data)
        let first = try harness.run()
        #expect(first.report.logs == ["payload!"])
        #expect(first.report.messages.count == 1)
        #expect(first.report.reply != nil)
        let second = try harness.run()
        #expect(second.report == first.report)
        #expect(second.bytes(at: 0x900, 16) == first.bytes(at: 0x900, 16), "the value is there again")
        #expect(second.burned == first.burned)
    }

    @Test func aJobThatIsRunAgainIsBegunAgain() throws {
        let harness = try Harness(
            Call("gr_debug", 0x200, 8), Call("gr_send_init", 0), Call("alloc", 1, result: .i32),
            Call("free", 2, result: .i32), data: SampleCalls.data)
        for _ in 0..<2 {
            harness.interface.begin(harness.start())
            _ = try harness.execute()
        }
        let report = harness.interface.end()
        #expect(report.logs == ["payload!"])
        #expect(report.holes.intervals == [2..<3])
    }

    @Test func aProgramThatFailsStillSaysWhatItSaid() throws {
        let outcome = try Harness(Call("gr_debug", 0x200, 8), Call("gr_oom_panic"), data: SampleCalls.data).run()
        #expect(outcome.end == .stopped(.panic("out of memory")))
        #expect(outcome.report.logs == ["payload!"])
    }

    @Test func aCallOutsideAnExecutionIsNotTheProgramsFault() throws {
        let harness = try Harness(Call("gr_leave"))
        let error = #expect(throws: ExecutionError.self) { try harness.execute() }
        #expect("\(String(describing: error))".contains("gr_leave was called outside an execution"))
        try harness.run()
        #expect(harness.interface.end() == GearReport(), "an execution ends once")
        #expect(throws: ExecutionError.self) { try harness.execute() }
    }
}
