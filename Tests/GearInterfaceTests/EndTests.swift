import ProgramRuntime
import Testing

@Suite struct EndTests {
    static let ends: [(call: Call, end: HostEnd)] = [
        (Call("gr_leave"), .leave), (Call("gr_exit", .i32(SampleCalls.hash)), .exit),
        (Call("gr_panic", .i32(SampleCalls.payload), 7), .panic("payload")), (Call("gr_panic", 0, 0), .panic("")),
        (Call("gr_oom_panic"), .panic("out of memory")), (Call("gr_wait"), .wait), (Call("gr_wait_for", 5), .wait),
        (Call("gr_wait_up_to", 5), .wait), (Call("gr_wait_for", 0), .panic("the program cannot wait for 0 blocks")),
        (Call("gr_wait_up_to", 0), .panic("the program cannot wait for 0 blocks")),
    ]

    @Test(arguments: ends) func theProgramEndsAtOnce(call: Call, end: HostEnd) throws {
        let outcome = try Harness(
            Call("gr_debug", .i32(SampleCalls.payload), 1), call, Call("gr_debug", .i32(SampleCalls.payload), 2),
            data: SampleCalls.data
        ).run()
        #expect(outcome.end == .stopped(end))
        #expect(outcome.report.logs == ["p"])
    }

    @Test func bytesOfAPanicThatAreNoTextAreReplaced() throws {
        let outcome = try Harness(Call("gr_panic", 0, 3), data: [0: [0x61, 0xFF, 0x62]]).run()
        #expect(outcome.end == .stopped(.panic("a\u{FFFD}b")))
    }

    @Test func aLongPanicIsCut() throws {
        let outcome = try Harness(Call("gr_panic", 0, 0x1_0000), data: [0: [UInt8](repeating: 0x61, count: 0x1_0000)])
            .run()
        #expect(outcome.end == .stopped(.panic(String(repeating: "a", count: 8192))))
    }

    @Test(arguments: [Call("gr_wait"), Call("gr_wait_for", 1), Call("gr_wait_up_to", 1)])
    func aProgramThatHasRepliedCannotWait(call: Call) throws {
        let outcome = try Harness(Call("gr_reply", 0, 0, .i32(.max), 0), call).run()
        #expect(outcome.end == .stopped(.panic("the program cannot wait: it has replied")))
    }
}
