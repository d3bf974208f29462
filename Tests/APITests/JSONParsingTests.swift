import HTTPServer
import Testing
import WorkerProtocol

@testable import API

@Suite("Parsing JSON")
struct JSONParsingTests {
    private func code(_ bytes: [UInt8]) -> String? {
        do {
            _ = try JSONValue(parsing: bytes)
            return nil
        } catch {
            return error.code
        }
    }

    @Test(
        "what is not JSON in UTF-8 is invalid_json",
        arguments: [
            "", "{", "{]", "nul", "{'a':1}", "{\"a\":1,}", "[1, ]", "// no\n1", "1e999", "\"\\ud800\"", "\"\u{1}\"",
            "\"a\nb\"",
            "[1]\u{0}", "{\"a\":1} x", "\"\\", "\"\\u12\"",
        ])
    func malformed(text: String) { #expect(code(Array(text.utf8)) == "invalid_json") }

    @Test(
        "other encodings than UTF-8 are invalid_json",
        arguments: [
            [0xFF, 0xFE, 0x7B, 0x7D], [0xFF, 0xFE, 0x7B, 0, 0x7D, 0], [0x7B, 0, 0x7D, 0], [0x22, 0xC3, 0x28, 0x22],
            [0x22, 0xED, 0xA0, 0x80, 0x22],
        ] as [[UInt8]])
    func otherEncodings(bytes: [UInt8]) { #expect(code(bytes) == "invalid_json") }

    @Test("nesting is bounded, and a bomb of brackets costs nothing")
    func nesting() {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        #expect(code(nested(JSONParser.deepest)) == nil)
        #expect(code(nested(JSONParser.deepest + 1)) == "invalid_json")
        #expect(code(Array(String(repeating: "[", count: 100_000).utf8)) == "invalid_json")
        #expect(code(Array(String(repeating: "{\"a\":", count: 100_000).utf8)) == "invalid_json")
    }

    @Test("the number of values is bounded")
    func values() {
        func list(_ count: Int) -> [UInt8] { Array("[\(String(repeating: "1,", count: count - 1))1]".utf8) }
        #expect(code(list(JSONParser.mostValues)) == nil)
        #expect(code(list(JSONParser.mostValues + 1)) == "invalid_json")
    }

    @Test("a name that an object has twice is refused, the same name in two objects is not")
    func namesTwice() throws {
        #expect(code(Array(#"{"a":1,"b":2,"a" : 3}"#.utf8)) == "invalid_json")
        #expect(code(Array(#"{"a":{"a":[{"a":1},{"a":2}]},"b":"a"}"#.utf8)) == nil)
        #expect(code(Array(#"["a","a",{"x":"a","y":"a"}]"#.utf8)) == nil)
        #expect(code(Array(#"{"a":1,"\u0061":2}"#.utf8)) == "invalid_json")
        #expect(code(Array(#"{"a\"":1,"a":2}"#.utf8)) == nil)
    }

    @Test("integers of 64 bits stay exact, and a float its sign")
    func numbers() throws {
        let text = "[9223372036854775807, -9223372036854775808, 18446744073709551615, 1.5, 9007199254740993, -0.0, 0]"
        guard case .array(let values) = try JSONValue(parsing: Array(text.utf8)) else {
            Issue.record("not an array")
            return
        }
        #expect(
            values == [
                .number(.integer(.max)), .number(.integer(.min)), .number(.unsigned(.max)), .number(.float(1.5)),
                .number(.integer(9_007_199_254_740_993)), .number(.float(-0.0)), .number(.integer(0)),
            ])
        guard case .number(.float(let zero)) = values[5] else {
            Issue.record("minus zero is no float")
            return
        }
        #expect(zero.sign == .minus)
    }

    @Test(
        "an integer is one however it is written, and a float that is nearly one is none",
        arguments: [
            ("1e3", .integer(1000)), ("-12.50E1", .integer(-125)), ("0e99999999999999999999", .integer(0)),
            ("9223372036854775807.0", .integer(.max)), ("-9223372036854775808.0", .integer(.min)),
            ("18446744073709551615.00", .unsigned(.max)), ("1e19", .unsigned(10_000_000_000_000_000_000)),
            ("932394330612747.01e2", .integer(93_239_433_061_274_701)),
            ("922337203854775807.5", .float(922_337_203_854_775_807.5)),
            ("18446744073709551616", .float(0x1p64)), ("-9223372036854775809", .float(-0x1p63)), ("1e-400", .float(0)),
        ] as [(String, WasmNumber)])
    func integers(text: String, number: WasmNumber) throws {
        #expect(try JSONValue(parsing: Array(text.utf8)) == .number(number))
    }

    @Test("escapes stand for their characters, in pairs of surrogates too")
    func escapes() throws {
        let text = #""\"\\\/\b\f\n\r\t\u00E4\ud834\uDD1E\u0000ß""#
        #expect(try JSONValue(parsing: Array(text.utf8)) == .string("\"\\/\u{8}\u{C}\n\r\tä𝄞\0ß"))
        for text in [#""\uDD1E""#, #""\ud834x""#, #""\ud834\ud834""#, #""\u+123""#, #""\x""#] {
            #expect(code(Array(text.utf8)) == "invalid_json", "\(text)")
        }
    }

    @Test("every type is told apart")
    func types() throws {
        let text = #"{"n":null,"t":true,"s":"ä\u0000","a":[1,[]],"o":{}}"#
        #expect(
            try JSONValue(parsing: Array(text.utf8))
                == ["n": nil, "t": true, "s": "ä\u{0}", "a": [1, []], "o": [:]])
    }
}
