import ProgramRuntime
import Testing

@Suite struct UnsupportedTests {
    static let functions: [(name: String, size: Int)] = [
        ("gr_create_program", 64), ("gr_create_program_wgas", 64), ("gr_reply_deposit", 0), ("gr_wake", 0),
        ("gr_reserve_gas", 32), ("gr_unreserve_gas", 8), ("gr_reservation_send", 32),
        ("gr_reservation_send_commit", 32), ("gr_reservation_reply", 32), ("gr_reservation_reply_commit", 32),
    ]

    @Test(arguments: functions) func theProgramIsToldAndGoesOn(name: String, size: Int) throws {
        let call = try #require(SampleCalls.current.first { $0.name == name })
        let outcome = try Harness(call, Call("gr_debug", .i32(SampleCalls.payload), 8), data: SampleCalls.data).run()
        let error = UInt32.max.bytes + [UInt8](repeating: 0, count: size)
        #expect(outcome.bytes(at: SampleCalls.output - 1, size + 6) == [0xEE] + error + [0xEE])
        #expect(outcome.report.logs == ["payload!"])
        #expect(outcome.report.messages.isEmpty)
    }

    @Test(arguments: ["gr_create_program_wgas", "gr_wake", "gr_create_program"])
    func anEarlyFunctionThatCannotTellEndsTheProgram(name: String) throws {
        let layout = SampleCalls.september2022
        let call = try #require(layout.first { $0.name == name })
        let outcome = try Harness(["run": [call], "rest": layout]).run()
        #expect(outcome.end == .stopped(.unsupported(name)))
    }

    @Test(arguments: [(0, 503), (1, 0), (.max, 0)] as [(UInt64, UInt32)])
    func gasForSignalsIsNotTaken(gas: UInt64, code: UInt32) throws {
        let outcome = try Harness(Call("gr_system_reserve_gas", .i64(gas), .i32(0))).run()
        #expect(outcome.number(at: 0) == code)
        #expect(outcome.bytes(at: 0, 4) == code.bytes)
        #expect(outcome.burned < 2000)
    }
}
