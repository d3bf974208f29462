import Foundation
import Metering
import ProgramRuntime
import Testing
import WorkerProtocol

@Suite struct MessageTests {
    /// SHA-256 of 32 bytes 1, the job's message id, and 4 bytes of the handle.
    static let ids = [
        "3f6c2724a21a3b29ef886a52aa414bec96c46f7af137c636065209ff892cee6c",
        "ec2fd806701a3f55808cbec3922c38dafaa3070c48c803e9043ee3642c660b46",
    ].compactMap { Bytes32(hex: $0) }

    private let destination = HostValue.i32(SampleCalls.hash)
    private let payload = HostValue.i32(SampleCalls.payload)
    private let output = HostValue.i32(SampleCalls.output)
    private let second = HostValue.i32(SampleCalls.second)

    private func send(output: UInt32, size: UInt32 = 8, delay: UInt32 = 0) -> Call {
        Call("gr_send", destination, payload, .i32(size), .i32(delay), .i32(output))
    }

    private func harness(_ calls: Call..., data: [UInt32: [UInt8]] = SampleCalls.data) throws -> Harness {
        try Harness(["run": calls], data: data)
    }

    private func message(
        _ index: Int, _ payload: String, gasLimit: UInt64? = nil, delay: UInt32 = 0, value: Amount = 77
    ) -> Message {
        Message(
            id: Self.ids[index], destination: .repeating(9), payload: Data(payload.utf8), value: value,
            gasLimit: gasLimit, delay: delay)
    }

    @Test func aMessageIsSentAndItsIdIsTold() throws {
        let outcome = try harness(send(output: SampleCalls.output, delay: 3)).run()
        #expect(outcome.report.messages == [message(0, "payload!", delay: 3)])
        #expect(
            outcome.bytes(at: SampleCalls.output - 1, 38)
                == [0xEE] + UInt32(0).bytes + Self.ids[0].bytes + [0xEE])
    }

    @Test func aMessageIsPutTogetherFromParts() throws {
        let outcome = try harness(
            Call("gr_send_init", output), Call("gr_send_init", second), Call("gr_send_push", 1, payload, 3, 0x900),
            Call("gr_send_push_input", 1, 2, 3, 0x900), Call("gr_send_push", 1, payload, 2, 0x900),
            Call("gr_send_commit", 1, destination, 4, 0xA00)
        ).run(payload: Array("abcdefgh".utf8))
        #expect(outcome.bytes(at: SampleCalls.output - 1, 10) == [0xEE, 0, 0, 0, 0, 0, 0, 0, 0, 0xEE])
        #expect(outcome.bytes(at: SampleCalls.second - 1, 10) == [0xEE, 0, 0, 0, 0, 1, 0, 0, 0, 0xEE])
        #expect(outcome.number(at: 0x900) == 0)
        #expect(outcome.bytes(at: 0xA00, 36) == UInt32(0).bytes + Self.ids[1].bytes)
        #expect(outcome.report.messages == [message(1, "paycdepa", delay: 4)])
    }

    @Test func theInputIsSentOn() throws {
        let outcome = try harness(
            Call("gr_send_input", destination, 1, 3, 5, output),
            Call("gr_send_input_wgas", destination, 0, 2, .i64(4000), 6, second)
        ).run(payload: Array("abcdef".utf8))
        #expect(outcome.report.messages == [message(0, "bcd", delay: 5), message(1, "ab", gasLimit: 4000, delay: 6)])
        #expect(outcome.bytes(at: SampleCalls.second, 36) == UInt32(0).bytes + Self.ids[1].bytes)
    }

    @Test func aGasLimitIsTakenFromTheJob() throws {
        let weights = Weights.standard.host
        let wgas = Call("gr_send_wgas", destination, payload, 8, .i64(50_000), 2, output)
        let outcome = try harness(wgas).run()
        #expect(outcome.report.messages == [message(0, "payload!", gasLimit: 50_000, delay: 2)])
        #expect(outcome.burned == weights.message + 48 + 8 + 36 + 50_000)

        let parts = try harness(
            Call("gr_send_init", output), Call("gr_send_commit_wgas", 0, destination, .i64(50_000), 2, output)
        ).run()
        #expect(parts.report.messages == [message(0, "", gasLimit: 50_000, delay: 2)])
        #expect(parts.burned == 2 * weights.message + 8 + 48 + 36 + 50_000)
    }

    @Test func aGasLimitThatIsNotThereIsAnError() throws {
        let wgas = Call("gr_send_wgas", destination, payload, 8, .i64(50_000), 2, output)
        let cost = Weights.standard.host.message + 48 + 8 + 36
        let harness = try harness(wgas, Call("gr_value_available", 0x900))
        let outcome = try harness.run(gas: cost + 49_999)
        #expect(outcome.number(at: SampleCalls.output) == 100)
        #expect(outcome.report.messages.isEmpty)
        #expect(outcome.left == 49_999 - Weights.standard.host.context - 16, "nothing was taken")
        #expect(outcome.number(at: 0x900) == 1_000_000)
        let exact = try self.harness(wgas).run(gas: cost + 50_000)
        #expect(exact.report.messages.count == 1 && exact.left == 0)
    }

    @Test(arguments: [(2999, 308), (3000, 0), (0, 0)] as [(UInt64, UInt32)])
    func aGasLimitBelowTheMailboxThresholdIsAnErrorUnlessItIsNone(limit: UInt64, code: UInt32) throws {
        let outcome = try harness(Call("gr_send_wgas", destination, payload, 8, .i64(limit), 0, output)).run()
        #expect(outcome.number(at: SampleCalls.output) == code)
        #expect(outcome.report.messages.count == (code == 0 ? 1 : 0))
    }

    @Test func valueIsTakenFromWhatTheProgramHas() throws {
        let harness = try harness(
            send(output: SampleCalls.output), Call("gr_value_available", 0x900), send(output: SampleCalls.second),
            Call("gr_value_available", 0x910))
        harness.context.valueAvailable = 100
        let outcome = try harness.run()
        #expect(outcome.report.messages == [message(0, "payload!")])
        #expect((outcome.number(at: 0x900), outcome.number(at: 0x910)) == (23, 23))
        #expect(
            outcome.bytes(at: SampleCalls.second, 36) == UInt32(101).bytes + [UInt8](repeating: 0, count: 32))
    }

    @Test(arguments: [(9, 307), (10, 0), (0, 0)] as [(UInt128, UInt32)])
    func valueBelowTheExistentialDepositIsAnErrorUnlessItIsNone(value: UInt128, code: UInt32) throws {
        var data = SampleCalls.data
        data[SampleCalls.hash] = [UInt8](repeating: 9, count: 32) + value.bytes
        let outcome = try harness(send(output: SampleCalls.output), data: data).run()
        #expect(outcome.number(at: SampleCalls.output) == code)
        #expect(outcome.report.messages == (code == 0 ? [message(0, "payload!", value: Amount(value))] : []))
    }

    @Test func aHandleIsUsedOnce() throws {
        let push = Call("gr_send_push", 0, payload, 2, 0xA00)
        let commit = Call("gr_send_commit", 0, destination, 0, 0xB00)
        let input = Call("gr_send_push_input", 0, 0, 1, 0xC00)
        let unknown = try harness(push, commit, input).run(payload: [1])
        #expect([0xA00, 0xB00, 0xC00].map { unknown.number(at: $0) } == [305, 305, 305])
        let sent = try harness(Call("gr_send_init", output), commit, push, commit, input).run(payload: [1])
        #expect([0xA00, 0xB00, 0xC00].map { sent.number(at: $0) } == [304, 304, 304])
        #expect(sent.report.messages == [message(0, "")])
        let whole = try harness(send(output: SampleCalls.output), push).run()
        #expect(whole.number(at: 0xA00) == 304, "a message sent in one call has a handle too")
    }

    static let slices: [(offset: UInt32, length: UInt32, code: UInt32)] = [
        (0, 5, 0), (4, 1, 0), (4, 0, 0), (5, 0, 312), (5, 1, 312), (.max, 2, 312), (0, 6, 313), (4, 2, 313),
        (1, .max, 313),
    ]

    @Test(arguments: slices)
    func onlyInputThatIsThereIsSentOn(offset: UInt32, length: UInt32, code: UInt32) throws {
        let outcome = try harness(
            Call("gr_send_input", destination, .i32(offset), .i32(length), 0, 0xA00), Call("gr_send_init", output),
            Call("gr_send_push_input", code == 0 ? 1 : 0, .i32(offset), .i32(length), 0xB00),
            Call("gr_reply_push_input", .i32(offset), .i32(length), 0xC00),
            Call("gr_reply_input", .i32(offset), .i32(length), .i32(.max), 0xD00)
        ).run(payload: Array(0..<5))
        #expect([0xA00, 0xB00, 0xC00, 0xD00].map { outcome.number(at: $0) } == [code, code, code, code])
        #expect(outcome.report.messages.count == (code == 0 ? 1 : 0))
        #expect((outcome.report.reply != nil) == (code == 0))
    }

    @Test func thereIsALimitToMessages() throws {
        let many = (0..<1024).map { _ in Call("gr_send_init", output) }
        let outcome = try Harness(["run": many + [Call("gr_send_init", 0x500), send(output: 0x600)]]).run()
        #expect(outcome.number(at: SampleCalls.output) == 0)
        #expect((outcome.number(at: 0x500), outcome.number(at: 0x600)) == (301, 301))
    }

    /// Two messages of 8 MiB are all that fits.
    @Test func thereIsALimitToTheirSize() throws {
        let size: UInt32 = 8 << 20
        func send(_ size: UInt32, output: UInt32) -> Call { Call("gr_send", 0, 0, .i32(size), 0, .i32(output)) }
        let harness = try Harness(
            [
                "run": [
                    send(size + 1, output: 0x400), send(size, output: 0x500), Call("gr_send_init", 0x600),
                    Call("gr_send_push", 1, 0, .i32(size - 1), 0x700), Call("gr_send_push", 1, 0, 2, 0x800),
                    Call("gr_send_push", 1, 0, 1, 0x900), Call("gr_send_push", 1, 0, 1, 0xA00),
                    Call("gr_send_commit", 1, 0, 0, 0xB00),
                ]
            ], memory: "129")
        let outcome = try harness.run()
        #expect([0x400, 0x500, 0x600, 0x700].map { outcome.number(at: $0) } == [300, 0, 0, 0])
        #expect([0x800, 0x900, 0xA00].map { outcome.number(at: $0) } == [311, 0, 311])
        #expect(outcome.number(at: 0xB00) == 0)
        #expect(outcome.report.messages.map(\.payload.count) == [8 << 20, 8 << 20])
    }

    @Test func oneMessageIsNotTooLargeForAllTogether() throws {
        let size: UInt32 = 8 << 20
        let harness = try Harness(
            [
                "run": [
                    Call("gr_send_init", 0x600), Call("gr_send_push", 0, 0, .i32(size), 0x700),
                    Call("gr_send_push", 0, 0, 1, 0x800), Call("gr_send_push", 0, 0, .i32(size + 1), 0x900),
                ]
            ], memory: "129")
        let outcome = try harness.run()
        #expect([0x700, 0x800, 0x900].map { outcome.number(at: $0) } == [0, 300, 300])
    }
}
