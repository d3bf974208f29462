import ProgramRuntime
import Testing
import WorkerProtocol

@Suite struct ContextTests {
    /// What the function writes, with the byte before and the one behind.
    private func written(
        _ call: Call, _ count: Int, change: (inout JobContext) -> Void = { _ in }
    ) throws -> [UInt8] {
        let harness = try Harness(call, data: SampleCalls.data)
        change(&harness.context)
        let outcome = try harness.run()
        #expect(outcome.end == .returned([]))
        return outcome.bytes(at: SampleCalls.output - 1, count + 2)
    }

    private func framed(_ bytes: [UInt8]) -> [UInt8] { [0xEE] + bytes + [0xEE] }

    static let facts: [(name: String, bytes: [UInt8])] = [
        ("gr_message_id", Bytes32.repeating(1).bytes), ("gr_program_id", Bytes32.repeating(2).bytes),
        ("gr_source", Bytes32.repeating(3).bytes), ("gr_value", UInt128(0x0102_0304).bytes),
        ("gr_value_available", UInt128(1_000_000).bytes), ("gr_block_height", [0x0D, 0x0C, 0x0B, 0x0A]),
        ("gr_block_timestamp", [8, 7, 6, 5, 4, 3, 2, 1]),
    ]

    @Test(arguments: facts) func theProgramIsToldWhatTheJobSays(name: String, bytes: [UInt8]) throws {
        #expect(try written(Call(name, .i32(SampleCalls.output)), bytes.count) == framed(bytes))
    }

    @Test func valuesHave128Bits() throws {
        let bytes = try written(Call("gr_value", .i32(SampleCalls.output)), 16) { $0.value = Amount(.max) }
        #expect(bytes == framed([UInt8](repeating: 255, count: 16)))
    }

    @Test func theGasIsWhatIsLeftInTheCall() throws {
        let outcome = try Harness(Call("gr_gas_available", 0)).run(gas: 70_000)
        #expect(outcome.bytes(at: 0, 8) == outcome.left.bytes)
    }

    @Test func environmentVariablesAreLaidOutWithoutGaps() throws {
        let call = Call("gr_env_vars", 1, .i32(SampleCalls.output))
        let start = UInt32(110).bytes + UInt128(10).bytes + UInt64(3000).bytes
        #expect(try written(call, 52) == framed(start + UInt64(0).bytes + UInt128(6).bytes))
        let even = try written(call, 52) { $0.environment.gasMultiplier = 1 }
        #expect(even == framed(start + UInt64(1).bytes + UInt128(1).bytes))
    }

    @Test(arguments: [0, 2, .max] as [UInt32]) func unknownVersionsOfThemEndTheProgram(version: UInt32) throws {
        let end = try Harness(Call("gr_env_vars", .i32(version), 0)).run().end
        #expect(end == .stopped(.panic("gr_env_vars: there is no version \(version)")))
    }

    @Test func randomNumbersAreMadeOfSubjectAndSeed() throws {
        let call = Call("gr_random", .i32(SampleCalls.hash), .i32(SampleCalls.output))
        // SHA-256 of 32 bytes 9 and 32 bytes 4.
        let hash = try #require(Bytes32(hex: Self.hashOfNinesAndFours)).bytes
        #expect(try written(call, 36) == framed([0x0D, 0x0C, 0x0B, 0x0A] + hash))
        #expect(try written(call, 36) { $0.random = .zero } != framed([0x0D, 0x0C, 0x0B, 0x0A] + hash))
    }

    static let hashOfNinesAndFours = "87724406356de9c170c1b8468ee0a9eb1d9658c6515a428e9734486a3451f621"

    static let optional: [(name: String, code: UInt32, size: Int)] = [
        ("gr_reply_to", 105, 32), ("gr_reply_code", 105, 4), ("gr_signal_from", 106, 32), ("gr_signal_code", 106, 4),
    ]

    @Test(arguments: optional)
    func whatTheMessageIsNotIsAnError(name: String, code: UInt32, size: Int) throws {
        let bytes = code.bytes + [UInt8](repeating: 0, count: size)
        #expect(try written(Call(name, .i32(SampleCalls.output)), 4 + size) == framed(bytes))
    }

    @Test func aReplyKnowsWhatItAnswers() throws {
        let change: (inout JobContext) -> Void = { context in
            (context.replyTo, context.replyCode) = (.repeating(5), 0x0403_0201)
        }
        let to = try written(Call("gr_reply_to", .i32(SampleCalls.output)), 36, change: change)
        #expect(to == framed(UInt32(0).bytes + Bytes32.repeating(5).bytes))
        let code = try written(Call("gr_reply_code", .i32(SampleCalls.output)), 8, change: change)
        #expect(code == framed(UInt32(0).bytes + [1, 2, 3, 4]))
    }

    @Test func aSignalKnowsWhatFailed() throws {
        let change: (inout JobContext) -> Void = { $0.signalFrom = .repeating(6) }
        let from = try written(Call("gr_signal_from", .i32(SampleCalls.output)), 36, change: change)
        #expect(from == framed(UInt32(0).bytes + Bytes32.repeating(6).bytes))
        let code = try written(Call("gr_signal_code", .i32(SampleCalls.output)), 8, change: change)
        #expect(code == framed(UInt32(107).bytes + [0, 0, 0, 0]))
    }
}
