import Foundation
import Testing
import WorkerProtocol

@testable import API

/// What Foundation's decoder makes of a text, with every number as a float: it rounds some integers.
private struct Decoded: Decodable {
    let value: JSONValue

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            value = .null
        } else if let string = try? container.decode(String.self) {
            value = .string(string)
        } else if let bool = try? container.decode(Bool.self) {
            value = .bool(bool)
        } else if let number = try? container.decode(Double.self) {
            value = .number(.float(number))
        } else if let array = try? container.decode([Decoded].self) {
            value = .array(array.map(\.value))
        } else {
            value = .object(try container.decode([String: Decoded].self).mapValues(\.value))
        }
    }
}

extension JSONValue {
    fileprivate var floating: JSONValue {
        switch self {
        case .number(.integer(let integer)): .number(.float(Double(integer)))
        case .number(.unsigned(let integer)): .number(.float(Double(integer)))
        case .array(let elements): .array(elements.map(\.floating))
        case .object(let members): .object(members.mapValues(\.floating))
        case .null, .bool, .number(.float), .string: self
        }
    }
}

@Suite("JSON beside Foundation's")
struct JSONFuzzingTests {
    /// Texts from a seed: mostly JSON, as they are made of its tokens, some with a byte or two changed.
    private struct Texts {
        private var state: UInt64

        init(seed: UInt64) { state = seed }

        private mutating func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }

        private mutating func pick(_ texts: [String]) -> String { texts[below(texts.count)] }

        private mutating func list(_ most: Int, _ element: (inout Texts) -> String) -> String {
            (0..<below(most)).map { _ in element(&self) }.joined(separator: pick([",", ", ", "\n,\t"]))
        }

        private mutating func string() -> String {
            let parts = [
                "a", "ß", "𝄞", "e\u{301}", "\\n", "\\\"", "\\\\", "\\/", "\\b\\f\\r\\t", "\\u0000", "\\u00e4",
                "\\uD834\\uDD1E",
                "\u{FFFF}", "\\ufffe", " ", "\\ud834", "\\uDD1E", "\\x", "\\u+123",
            ]
            // The last four are at fault.
            return "\""
                + (0..<below(4)).map { _ in parts[below(below(20) == 0 ? parts.count : parts.count - 4)] }.joined()
                + "\""
        }

        /// Not too small for a float, and no zero with an exponent: Foundation refuses both.
        private mutating func number() -> String {
            let digits = String((0..<below(21)).reduce(into: pick(["1", "9"])) { text, _ in text += "\(below(10))" })
            let whole = pick(["0", "7", digits, "9223372036854775807", "9223372036854775808", "18446744073709551616"])
            let exponent = pick(["e", "E"]) + pick(["", "+", "-"]) + "\(below(10))"
            return pick(["", "-"]) + whole + pick(["", "", ".0", ".50", ".\(digits)"])
                + (whole == "0" ? "" : pick(["", "", exponent, "e2"]))
        }

        mutating func value(_ depth: Int = 0) -> String {
            switch below(depth > 4 ? 6 : 10) {
            case 0: pick(["null", "true", "false"])
            case 1, 2, 3: number()
            case 4, 5: string()
            case 6, 7: "[" + list(5) { $0.value(depth + 1) } + pick(["]", " ]"])
            default:
                "{" + list(5) { "\"\($0.below(1_000_000_000))\"" + $0.pick([":", " : "]) + $0.value(depth + 1) } + "}"
            }
        }

        mutating func bytes() -> [UInt8] {
            var bytes = Array((pick(["", " ", "\r\n"]) + value() + pick(["", " "])).utf8)
            let tokens = Array("{}[]\",:\\tfn-+.eE019 \u{C3}\u{80}".utf8)
            for _ in 0..<[0, 0, 1, 2][below(4)] where !bytes.isEmpty {
                let place = below(bytes.count)
                switch below(3) {
                case 0: bytes[place] = tokens[below(tokens.count)]
                case 1: bytes.remove(at: place)
                default: bytes.insert(tokens[below(tokens.count)], at: place)
                }
            }
            return bytes
        }
    }

    @Test("texts from a seed are taken or refused as Foundation's decoder does, and mean the same", arguments: 1...20)
    func likeFoundation(seed: UInt64) {
        var texts = Texts(seed: seed)
        var taken = 0
        for _ in 0..<1000 {
            let bytes = texts.bytes()
            let expected = try? JSONDecoder().decode(Decoded.self, from: Data(bytes)).value
            let found: JSONValue?
            do {
                found = try JSONParser.parse(bytes)
            } catch .strayComma {
                // Foundation takes it.
                continue
            } catch {
                found = nil
            }
            #expect(found?.floating == expected, "\(String(decoding: bytes, as: UTF8.self))")
            if found != nil { taken += 1 }
        }
        #expect((300...900).contains(taken), "neither side is tried enough: \(taken) of 1000 texts are JSON")
    }
}
