import Foundation
import Metering
import ProgramRuntime
import Testing
import WorkerProtocol

@Suite struct ReplyTests {
    /// SHA-256 of 32 bytes 1, the job's message id, and 4 bytes 255.
    static let id = "f8e3df9635ad125cdca3c18d0dc64b8076827115a3bc4237aa33ec5882569cb9"
    static let none = HostValue.i32(.max)

    private let payload = HostValue.i32(SampleCalls.payload)
    private let value = HostValue.i32(SampleCalls.value)
    private let output = HostValue.i32(SampleCalls.output)

    private func run(
        _ calls: Call..., input: String = "abcdef", change: (inout JobContext) -> Void = { _ in }
    ) throws -> Outcome {
        let harness = try Harness(["run": calls], data: SampleCalls.data)
        change(&harness.context)
        return try harness.run(payload: Array(input.utf8))
    }

    private func reply(_ payload: String, value: Amount = 0, gasLimit: UInt64? = nil) -> Reply {
        Reply(payload: Data(payload.utf8), value: value, gasLimit: gasLimit)
    }

    @Test func aReplyIsSentAndItsIdIsTold() throws {
        let outcome = try run(Call("gr_reply", payload, 8, Self.none, output))
        #expect(outcome.report.reply == reply("payload!"))
        let id = try #require(Bytes32(hex: Self.id))
        #expect(outcome.bytes(at: SampleCalls.output - 1, 38) == [0xEE] + UInt32(0).bytes + id.bytes + [0xEE])
    }

    @Test func aReplyIsPutTogetherFromParts() throws {
        let outcome = try run(
            Call("gr_reply_push", payload, 3, output), Call("gr_reply_push_input", 1, 2, output),
            Call("gr_reply_push", payload, 1, output), Call("gr_reply_commit", value, 0x900))
        #expect(outcome.bytes(at: SampleCalls.output - 1, 6) == [0xEE, 0, 0, 0, 0, 0xEE])
        #expect(outcome.number(at: 0x900) == 0)
        #expect(outcome.report.reply == reply("paybcp", value: 77))
    }

    @Test func whatWasPushedIsBeforeWhatIsSent() throws {
        let push = Call("gr_reply_push", payload, 3, output)
        #expect(try run(push, Call("gr_reply", payload, 2, Self.none, output)).report.reply == reply("paypa"))
        #expect(try run(push, Call("gr_reply_input", 4, 2, Self.none, output)).report.reply == reply("payef"))
        #expect(try run(push).report.reply == nil, "a reply that is not sent is none")
    }

    @Test func everyFormTakesValueAndGas() throws {
        let weights = Weights.standard.host
        let forms: [(call: Call, payload: String, gas: UInt64?, bytes: UInt64)] = [
            (Call("gr_reply", payload, 8, value, output), "payload!", nil, 8),
            (Call("gr_reply_wgas", payload, 8, .i64(20), value, output), "payload!", 20, 8),
            (Call("gr_reply_commit", value, output), "", nil, 0),
            (Call("gr_reply_commit_wgas", .i64(20), value, output), "", 20, 0),
            (Call("gr_reply_input", 2, 3, value, output), "cde", nil, 3),
            (Call("gr_reply_input_wgas", 2, 3, .i64(20), value, output), "cde", 20, 3),
        ]
        for form in forms {
            let outcome = try run(form.call, Call("gr_value_available", 0x900))
            #expect(outcome.report.reply == reply(form.payload, value: 77, gasLimit: form.gas), "\(form.call.name)")
            #expect(outcome.number(at: 0x900) == 1_000_000 - 77)
            let own = weights.message + 16 + 36 + form.bytes + (form.gas ?? 0)
            #expect(outcome.burned == own + weights.context + 16, "\(form.call.name)")
        }
    }

    @Test func thereIsOneReply() throws {
        let outcome = try run(
            Call("gr_reply", payload, 8, Self.none, output), Call("gr_reply", payload, 3, value, 0x900),
            Call("gr_reply_commit", Self.none, 0x930), Call("gr_reply_push", payload, 1, 0x960),
            Call("gr_reply_push_input", 0, 1, 0x970), Call("gr_value_available", 0x980))
        #expect([0x900, 0x930, 0x960, 0x970].map { outcome.number(at: $0) } == [302, 302, 304, 304])
        #expect(outcome.report.reply == reply("payload!"))
        #expect(outcome.number(at: 0x980) == 1_000_000, "what was not sent has cost no value")
    }

    @Test func valueAndGasThatAreNotThereAreErrors() throws {
        let call = Call("gr_reply_wgas", payload, 8, .i64(2_000_000_000), value, output)
        #expect(try run(call).number(at: SampleCalls.output) == 100)
        let reply = Call("gr_reply", payload, 8, value, output)
        let poor = try run(reply) { $0.valueAvailable = 76 }
        #expect(poor.number(at: SampleCalls.output) == 101)
        #expect(poor.report.reply == nil)
        #expect(try run(reply) { $0.environment.existentialDeposit = 78 }.number(at: SampleCalls.output) == 307)
        #expect(try run(Call("gr_reply_wgas", payload, 8, .i64(1), Self.none, output)).report.reply?.gasLimit == 1)
    }

    @Test func repliesAndSignalsAreNotRepliedTo() throws {
        let calls = [
            Call("gr_reply", payload, 8, Self.none, output), Call("gr_reply_push", payload, 1, output),
            Call("gr_reply_push_input", 0, 1, output), Call("gr_reply_commit", Self.none, output),
        ]
        for call in calls {
            let toReply = try run(call) { $0.replyTo = .repeating(5) }
            #expect(toReply.number(at: SampleCalls.output) == 108)
            #expect(toReply.report.reply == nil)
            #expect(try run(call) { $0.signalFrom = .repeating(5) }.number(at: SampleCalls.output) == 108)
        }
    }

    @Test func thereIsALimitToItsSize() throws {
        let size: UInt32 = 8 << 20
        let calls = [
            Call("gr_reply", 0, .i32(size + 1), Self.none, 0x400), Call("gr_reply_push", 0, .i32(size + 1), 0x500),
            Call("gr_reply_push", 0, .i32(size), 0x600), Call("gr_reply_push", 0, 1, 0x700),
            Call("gr_reply", 0, 1, Self.none, 0x800), Call("gr_reply_commit", Self.none, 0x900),
        ]
        let outcome = try Harness(["run": calls], memory: "129").run()
        let codes = (4...9).map { outcome.number(at: $0 * 0x100) }
        #expect(codes == [300, 300, 0, 300, 300, 0])
        #expect(outcome.report.reply?.payload.count == 8 << 20)
    }
}
