import Testing

@Suite struct InputTests {
    @Test func theSizeOfThePayloadIsTold() throws {
        #expect(try Harness(Call("gr_size", 0)).run(payload: Array(repeating: 1, count: 300)).number(at: 0) == 300)
        #expect(try Harness(Call("gr_size", 0)).run().number(at: 0) == 0)
    }

    @Test func aPartOfThePayloadIsRead() throws {
        let outcome = try Harness(
            Call("gr_read", 2, 3, .i32(SampleCalls.output), .i32(SampleCalls.second)), data: SampleCalls.data
        ).run(payload: Array(10..<20))
        #expect(outcome.bytes(at: SampleCalls.output - 1, 5) == [0xEE, 12, 13, 14, 0xEE])
        #expect(outcome.bytes(at: SampleCalls.second - 1, 6) == [0xEE, 0, 0, 0, 0, 0xEE])
    }

    static let outOfRange: [(offset: UInt32, size: UInt32, code: UInt32)] = [
        (0, 11, 104), (10, 1, 104), (11, 0, 104), (.max, 0, 104), (0xFFFF_FFFE, 2, 103), (0xFFFF_FFFF, 8, 103),
    ]

    @Test(arguments: outOfRange)
    func aPartThatThePayloadDoesNotHaveIsAnError(offset: UInt32, size: UInt32, code: UInt32) throws {
        let outcome = try Harness(
            Call("gr_read", .i32(offset), .i32(size), .i32(SampleCalls.output), .i32(SampleCalls.second)),
            data: SampleCalls.data
        ).run(payload: Array(0..<10))
        #expect(outcome.number(at: SampleCalls.second) == code)
        #expect(outcome.bytes(at: SampleCalls.output, 11) == [UInt8](repeating: 0xEE, count: 11))
    }

    @Test func allOrNothingOfThePayloadIsThere() throws {
        let payload = Array("all of it".utf8)
        let whole = try Harness(Call("gr_read", 0, 9, 0, 16)).run(payload: payload)
        #expect(whole.bytes(at: 0, 9) == payload)
        #expect(try Harness(Call("gr_read", 9, 0, 0, 16)).run(payload: payload).number(at: 16) == 0)
    }

    @Test func aBufferMayCrossPages() throws {
        let outcome = try Harness(Call("gr_read", 0, 4, 0x3FFE, 0x8000)).run(payload: [1, 2, 3, 4])
        #expect(outcome.bytes(at: 0x3FFE, 2) + outcome.bytes(at: 0x4000, 2) == [1, 2, 3, 4])
    }
}
