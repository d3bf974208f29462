import Testing

@testable import Metering

/// What Wasmtime takes and this service does not, since it would cost more time than gas, or more than is allowed for.
@Suite struct LimitTests {
    private func reason(_ text: String) throws -> MeteringError.Reason? {
        let binary = try Wasmtime.assemble(text)
        var reasons: [MeteringError.Reason?] = []
        for form in MeteringForm.allCases {
            do throws(MeteringError) {
                _ = try meter(binary, form: form)
                reasons.append(nil)
            } catch {
                reasons.append(error.reason)
            }
        }
        #expect(reasons[0] == reasons[1])
        return reasons[0]
    }

    private func types(_ count: Int) -> String { Array(repeating: "i32", count: count).joined(separator: " ") }
    private func values(_ count: Int) -> String {
        Array(repeating: "(i32.const 1)", count: count).joined(separator: " ")
    }

    @Test("a type has at most 32 results")
    func results() throws {
        #expect(try reason("(module (func (result \(types(32))) \(values(32))))") == nil)
        #expect(
            try reason("(module (func (result \(types(33))) \(values(33))))")
                == .tooLarge("the number of results", limit: 32))
    }

    @Test("a block has at most 32 parameters, a function more")
    func parameters() throws {
        func loop(_ count: Int) -> String {
            let drops = Array(repeating: "drop", count: count).joined(separator: " ")
            return "(module (func \(values(count)) (loop (param \(types(count))) \(drops))))"
        }
        #expect(try reason(loop(32)) == nil)
        #expect(try reason(loop(33)) == .tooLarge("the number of a block's parameters", limit: 32))
        #expect(try reason("(module (func (param \(types(100)))))") == nil)
    }

    @Test("blocks lie at most 5,000 deep in each other")
    func nesting() throws {
        func nested(_ depth: Int) -> [UInt8] {
            let body =
                [UInt8](repeating: 0, count: 1) + Array(repeating: [0x02, 0x40], count: depth).joined()
                + Array(repeating: 0x0B, count: depth + 1)
            let code: [UInt8] = [1] + .unsigned(body.count) + body
            return rawModule([(1, [1, 0x60, 0, 0]), (3, [1, 0]), (10, code)])
        }
        #expect(throws: Never.self) { try meter(nested(4999), form: .fast) }
        let error = #expect(throws: MeteringError.self) { try meter(nested(5000), form: .fast) }
        #expect(error?.reason == .tooLarge("the nesting of blocks", limit: 5000))
    }
}
