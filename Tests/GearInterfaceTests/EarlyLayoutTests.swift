import Foundation
import ProgramRuntime
import Testing
import WorkerProtocol

@Suite struct EarlyLayoutTests {
    private static let (hash, value) = (HostValue.i32(SampleCalls.hash), HostValue.i32(SampleCalls.value))
    private static let (payload, output) = (HostValue.i32(SampleCalls.payload), HostValue.i32(SampleCalls.output))
    static let pointerLayouts = ["2022-09", "2022-06", "2022-04"]

    /// A program of a layout, which imports all of it.
    private func harness(_ layout: String, _ calls: [Call]) throws -> Harness {
        let all = try #require(SampleCalls.layouts.first { $0.name == layout }).calls
        return try Harness(["run": calls, "rest": all], data: SampleCalls.data)
    }

    private func result(_ layout: String) -> WasmNumberType? { layout == "2022-04" ? nil : .i32 }

    private func framed(_ bytes: [UInt8]) -> [UInt8] { [0xEE] + bytes + [0xEE] }

    @Test(arguments: pointerLayouts) func numbersAreResults(layout: String) throws {
        let outcome = try harness(
            layout,
            [
                Call("gr_size", result: .i32), Call("gr_block_height", result: .i32),
                Call("gr_block_timestamp", result: .i64), Call("gr_gas_available", result: .i64),
            ]
        ).run(payload: [1, 2, 3])
        #expect((outcome.result(0), outcome.result(1)) == (3, 0x0A0B_0C0D))
        #expect(outcome.bytes(at: Harness.results + 16, 8) == [8, 7, 6, 5, 4, 3, 2, 1])
        #expect(outcome.bytes(at: Harness.results + 24, 8) == outcome.left.bytes)
    }

    @Test(arguments: pointerLayouts) func thePayloadIsReadWithoutAnErrorCode(layout: String) throws {
        let harness = try harness(layout, [Call("gr_read", 1, 2, Self.output)])
        #expect(try harness.run(payload: [1, 2, 3]).bytes(at: SampleCalls.output - 1, 4) == framed([2, 3]))
        #expect(try harness.run(payload: [1, 2]).end == .stopped(.panic("gr_read: the payload does not reach so far")))
    }

    /// 32 bytes where the current function writes 36.
    @Test(arguments: pointerLayouts) func aReplysIdStandsAlone(layout: String) throws {
        let call = Call("gr_reply", Self.payload, 4, Self.value, Self.output, result: result(layout))
        let outcome = try harness(layout, [call]).run()
        let id = try #require(Bytes32(hex: ReplyTests.id))
        #expect(outcome.bytes(at: SampleCalls.output - 1, 34) == framed(id.bytes))
        #expect(outcome.report.reply == Reply(payload: Data("payl".utf8), value: 77))
    }

    @Test(arguments: pointerLayouts) func aReplyIsPutTogetherFromParts(layout: String) throws {
        let (value, output) = (Self.value, Self.output)
        let (first, last) = layout == "2022-09" ? (value, output) : (output, value)
        let outcome = try harness(
            layout,
            [
                Call("gr_reply_push", Self.payload, 4, result: result(layout)),
                Call("gr_reply_commit", first, last, result: result(layout)),
            ]
        ).run()
        let id = try #require(Bytes32(hex: ReplyTests.id))
        #expect(outcome.bytes(at: SampleCalls.output - 1, 34) == framed(id.bytes))
        #expect(outcome.report.reply == Reply(payload: Data("payl".utf8), value: 77))
    }

    @Test(arguments: pointerLayouts) func messagesAreSent(layout: String) throws {
        let result = result(layout)
        let begin = layout == "2022-04" ? Call("gr_send_init", result: .i32) : Call("gr_send_init", 0xA00, result: .i32)
        let outcome = try harness(
            layout,
            [
                Call("gr_send", Self.hash, Self.payload, 2, Self.value, Self.output, result: result),
                Call("gr_send_wgas", Self.hash, Self.payload, 3, .i64(4000), Self.value, 0x900, result: result),
                begin, begin, Call("gr_send_push", 2, Self.payload, 4, result: result),
                Call("gr_send_commit", 2, 0xB00, Self.hash, Self.value, result: result),
                Call("gr_send_commit_wgas", 3, 0xC00, Self.hash, .i64(0), Self.value, result: result),
            ]
        ).run()
        let payloads = outcome.report.messages.map { String(decoding: $0.payload, as: UTF8.self) }
        #expect(payloads == ["pa", "pay", "payl", ""])
        #expect(outcome.report.messages.map(\.gasLimit) == [nil, 4000, nil, 0])
        #expect(outcome.report.messages.allSatisfy { $0.destination == .repeating(9) && $0.value == 77 })
        #expect(outcome.bytes(at: SampleCalls.output - 1, 34) == framed(MessageTests.ids[0].bytes))
        #expect(outcome.bytes(at: 0x900, 32) == MessageTests.ids[1].bytes)
        #expect(outcome.bytes(at: 0xB00, 32) == outcome.report.messages[2].id.bytes)
        #expect(outcome.bytes(at: 0xC00, 32) == outcome.report.messages[3].id.bytes)
        #expect(layout == "2022-04" ? outcome.result(3) == 3 : outcome.number(at: 0xA00) == 3)
    }

    @Test(arguments: pointerLayouts) func anErrorIsAResultOrTheEnd(layout: String) throws {
        let outcome = try harness(layout, [Call("gr_send_push", 5, Self.payload, 4, result: result(layout))]).run()
        if layout == "2022-04" {
            #expect(outcome.end == .stopped(.panic("gr_send_push: there is no message with the handle")))
        } else {
            #expect(outcome.result() == 305)
        }
    }

    @Test(arguments: pointerLayouts) func aReplyKnowsWhatItAnswers(layout: String) throws {
        let harness = try harness(layout, [Call("gr_reply_to", Self.output), Call("gr_exit_code", result: .i32)])
        #expect(try harness.run().end == .stopped(.panic("gr_reply_to: the message is no reply")))
        (harness.context.replyTo, harness.context.replyCode) = (.repeating(5), 7)
        let outcome = try harness.run()
        #expect(outcome.bytes(at: SampleCalls.output - 1, 34) == framed(Bytes32.repeating(5).bytes))
        #expect(outcome.result(1) == 7)
    }

    @Test func functionsWithTheGasOfLaterTimesAreServed() throws {
        let wgas = Call("gr_reply_wgas", Self.payload, 4, .i64(9), Self.value, Self.output, result: .i32)
        let commit = Call("gr_reply_commit_wgas", .i64(9), Self.value, Self.output, result: .i32)
        for (call, payload) in [(wgas, "payl"), (commit, "")] {
            let outcome = try harness("2022-09", [call]).run()
            #expect(outcome.report.reply == Reply(payload: Data(payload.utf8), value: 77, gasLimit: 9))
            #expect(outcome.bytes(at: SampleCalls.output - 1, 34).last == 0xEE)
        }
    }

    @Test func repliesWithADelayAreSentAtOnce() throws {
        let (payload, value, output) = (Self.payload, Self.value, Self.output)
        let forms: [(call: Call, payload: String, gas: UInt64?)] = [
            (Call("gr_reply", payload, 4, value, 3, output), "payl", nil),
            (Call("gr_reply_wgas", payload, 4, .i64(9), value, 3, output), "payl", 9),
            (Call("gr_reply_commit", value, 3, output), "", nil),
            (Call("gr_reply_commit_wgas", .i64(9), value, 3, output), "", 9),
            (Call("gr_reply_input", 1, 2, value, 3, output), "bc", nil),
            (Call("gr_reply_input_wgas", 1, 2, .i64(9), value, 3, output), "bc", 9),
        ]
        for form in forms {
            let outcome = try Harness(form.call, data: SampleCalls.data).run(payload: Array("abcd".utf8))
            #expect(
                outcome.report.reply == Reply(payload: Data(form.payload.utf8), value: 77, gasLimit: form.gas),
                "\(form.call.name)")
            let id = try #require(Bytes32(hex: ReplyTests.id))
            #expect(outcome.bytes(at: SampleCalls.output - 1, 38) == framed(UInt32(0).bytes + id.bytes))
        }
    }

    @Test(arguments: [0x7FFF_FFFF, .max]) func aReplyWithADelayCanGoWithoutValue(pointer: UInt32) throws {
        let call = Call("gr_reply", Self.payload, 4, .i32(pointer), 0, Self.output)
        let outcome = try Harness(call, data: SampleCalls.data).run()
        #expect(outcome.report.reply == Reply(payload: Data("payl".utf8)))
        #expect(outcome.number(at: SampleCalls.output) == 0)
    }

    @Test func functionsThatWereRenamedOrLeftOutAreServed() throws {
        let outcome = try Harness(
            Call("gr_origin", Self.output), Call("gr_error", 0x500, 0x504), Call("gr_random", Self.hash, 32, 0x600),
            Call("gr_random", Self.hash, 0x700), Call("free", 1), Call("alloc", 1, result: .i32), Call("free", 2),
            data: SampleCalls.data.merging([0x500: [9, 9, 9, 9, 9, 9, 9, 9, 9]]) { $1 }
        ).run()
        #expect(outcome.bytes(at: SampleCalls.output - 1, 34) == framed(Bytes32.repeating(3).bytes))
        #expect(outcome.bytes(at: 0x500, 9) == [0, 9, 9, 9, 0, 0, 0, 0, 9])
        #expect(outcome.bytes(at: 0x600, 36) == outcome.bytes(at: 0x700, 36))
        #expect(outcome.bytes(at: 0x600, 4) == [0x0D, 0x0C, 0x0B, 0x0A])
        #expect(outcome.report.holes.intervals == [2..<3], "an error in freeing is not told")
        #expect(outcome.end == .returned([]))
    }

    @Test func theMessageIdHadAShorterName() throws {
        let outcome = try harness("2022-04", [Call("gr_msg_id", Self.output)]).run()
        #expect(outcome.bytes(at: SampleCalls.output - 1, 34) == framed(Bytes32.repeating(1).bytes))
    }

    @Test func statusCodesWereReplyCodes() throws {
        let harness = try Harness(Call("gr_status_code", Self.output), data: SampleCalls.data)
        #expect(try harness.run().number(at: SampleCalls.output) == 105)
        harness.context.replyCode = 7
        #expect(try harness.run().bytes(at: SampleCalls.output - 1, 10) == framed([0, 0, 0, 0, 7, 0, 0, 0]))
    }

    /// Of a function that has the same signature in two layouts, the module's other imports choose.
    @Test func theOtherImportsSayWhichLayoutIsMeant() throws {
        let reply = Call("gr_reply", Self.payload, 4, Self.value, Self.output)
        let current = try Harness(reply, data: SampleCalls.data).run()
        #expect(current.bytes(at: SampleCalls.output, 4) == [0, 0, 0, 0])
        let size = Call("gr_size", result: .i32)
        let early = try Harness(["run": [reply], "rest": [size]], data: SampleCalls.data).run()
        #expect(early.bytes(at: SampleCalls.output, 4) == [0xF8, 0xE3, 0xDF, 0x96], "the id of the reply")
    }

    @Test func aSignatureThatNoLayoutHasIsRefused() throws {
        let refusal = #expect(throws: ModuleRefusal.self) { try Harness(Call("gr_size", 1, 2)) }
        #expect(refusal?.code == "import_signature")
        #expect(refusal?.message.contains("gr_size") == true)
        #expect(throws: ModuleRefusal.self) { try Harness(Call("gr_charge", .i64(1))) }
    }

    @Test func aRefusalNamesEachSignatureOnce() throws {
        let refusal = try #require(throws: ModuleRefusal.self) { try Harness(Call("gr_read", 1)) }
        let signatures = try #require(refusal.message.split(separator: "it is ").last).split(separator: " or ")
        #expect(signatures == ["(i32, i32, i32, i32) -> ()", "(i32, i32, i32) -> ()"])
    }
}
