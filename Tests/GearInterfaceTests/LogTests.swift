import Testing

@Suite struct LogTests {
    static let cut = "(the log ends here: it is limited to 65536 bytes)"

    private func logs(_ sizes: [UInt32], _ byte: UInt8 = 0x61) throws -> [String] {
        let calls = sizes.map { Call("gr_debug", 0, .i32($0)) }
        return try Harness(["run": calls], data: [0: [UInt8](repeating: byte, count: 0x1_FFFF)]).run().report.logs
    }

    @Test func linesAreKeptInOrder() throws {
        #expect(try logs([3, 0, 1]) == ["aaa", "", "a"])
        #expect(try logs([1], 0xFF) == ["\u{FFFD}"])
    }

    @Test func whatDoesNotFitIsCut() throws {
        let line = String(repeating: "a", count: 65_535)
        #expect(try logs([65_535]) == [line, Self.cut], "the line's end counts too")
        #expect(try logs([65_534, 1]) == [String(line.dropLast()), "a", Self.cut])
        #expect(try logs([100_000, 5, 5]) == [line + "a", Self.cut])
        #expect(try logs([65_534]) == [String(line.dropLast())])
    }

    @Test func linesWithoutTextFillTheLogToo() throws {
        let calls = [Call("gr_debug", 0, .i32(65_530))] + [Call](repeating: Call("gr_debug", 0, 0), count: 10)
        let logs = try Harness(["run": calls]).run().report.logs
        #expect(logs.count == 7)
        #expect(logs.last == Self.cut)
    }
}
