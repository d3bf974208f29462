import Digests
import Testing
import WorkerProtocol

@testable import API

@Suite("The tokens that a service knows")
struct TokenBookTests {
    private let five = (1...5).map { Tokens.entry("t\($0)", .read) }

    @Test("a token is found by its hash, and what it may do is its entry's")
    func found() throws {
        let entry = Tokens.entry(
            "team", .run, .read, programs: ["team-*", "shared"], expiresAt: "2030-01-01T00:00:00Z",
            limits: ["requests_per_second": 0.5, "jobs_per_day": 10, "gas_per_day": 9_007_199_254_740_991])
        let book = try TokenBook(json: try Tokens.document(five + [entry]))
        let found = try #require(book.entry(of: Tokens.text("team")))
        #expect(found.name == "team")
        #expect(found.roles == [.run, .read])
        #expect(found.programs == [.prefix("team-"), .id("shared")])
        #expect(found.expiresAt == Timestamp(rfc3339: "2030-01-01T00:00:00Z"))
        #expect(found.limits.requestsPerSecond == 0.5)
        #expect(found.limits.jobsPerDay == 10)
        #expect(found.limits.gasPerDay == 9_007_199_254_740_991)
        #expect(book.entry(of: "t1") == nil)
        #expect(book.entry(of: "") == nil)
    }

    @Test(
        "whatever is given, it is compared with every token that is known, whole hash with whole hash",
        arguments: [
            Tokens.text("t1"), Tokens.text("t5"), "unknown", "t1-secreT", "", String(repeating: "x", count: 9999),
        ])
    func comparisons(given: String) throws {
        let book = try TokenBook(json: try Tokens.document(five))
        var compared: [[UInt8]] = []
        _ = book.entry(of: given) { known, given in
            compared.append(known)
            #expect(given.count == SHA256Digest.byteCount)
            return known == given
        }
        #expect(compared == book.tokens.map(\.hash))
    }

    @Test("a comparison looks at every byte")
    func equality() {
        let hash = SHA256Digest.of([1])
        #expect(TokenBook.isEqualInConstantTime(hash, hash))
        for index in hash.indices {
            var other = hash
            other[index] ^= 0x40
            #expect(!TokenBook.isEqualInConstantTime(hash, other))
        }
        #expect(!TokenBook.isEqualInConstantTime(hash, Array(hash.dropLast())))
    }

    @Test(
        "a document that cannot be used is refused whole, with what is wrong",
        arguments: [
            ("", "not JSON"), ("[]", "Expected an object"), ("{}", "/tokens: This field is required."),
            (#"{"tokens":[],"more":1}"#, "/more: This field is not known."),
            (#"{"tokens":[{"name":"a","sha256":"00","roles":["read"]}]}"#, "/tokens/0/sha256: Expected 64 hex digits."),
            (#"{"tokens":[{"name":"","sha256":"HASH","roles":["read"]}]}"#, "/tokens/0/name: Expected"),
            (#"{"tokens":[{"name":"a","sha256":"HASH","roles":[]}]}"#, "/tokens/0/roles: Expected at least one role."),
            (#"{"tokens":[{"name":"a","sha256":"HASH","roles":["root"]}]}"#, "/tokens/0/roles/0: Expected one of"),
            (
                #"{"tokens":[{"name":"a","sha256":"HASH","roles":["read"],"programs":["*a"]}]}"#,
                "/tokens/0/programs/0: Expected a program's id"
            ),
            (
                #"{"tokens":[{"name":"a","sha256":"HASH","roles":["read"],"expires_at":"soon"}]}"#,
                "/tokens/0/expires_at: Expected a time"
            ),
            (
                #"{"tokens":[{"name":"a","sha256":"HASH","roles":["read"],"limits":{"requests_per_second":0}}]}"#,
                "/tokens/0/limits/requests_per_second: Expected a number"
            ),
            (
                #"{"tokens":[{"name":"a","sha256":"HASH","roles":["read"],"limits":{"jobs_a_day":1}}]}"#,
                "/tokens/0/limits/jobs_a_day: This field is not known."
            ),
        ])
    func refused(document: String, reason: String) throws {
        let json = document.replacing("HASH", with: String(repeating: "ab", count: 32))
        let error = #expect(throws: TokenBookError.self) { try TokenBook(json: Array(json.utf8)) }
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
    }

    @Test("a new token is good for what it was asked for, and its entry does not hold it")
    func template() throws {
        let limits = TokenTemplate.Limits(requestsPerSecond: 2.5, jobsPerDay: 7, gasPerDay: nil)
        let template = TokenTemplate(
            name: "ci", roles: [.run, .upload], programs: ["ci-*"], days: 30, limits: limits)
        let (token, entry) = try template.make()
        #expect(!entry.contains(token))
        #expect(token.hasPrefix("lazypages_") && token.utf8.count == 10 + 43)
        #expect(Gate.bearerToken("Bearer \(token)") == token)
        let book = try TokenBook(json: Array(#"{"tokens":[\#(entry)]}"#.utf8))
        let found = try #require(book.entry(of: token))
        #expect(found.roles == [.run, .upload])
        #expect(found.programs == [.prefix("ci-")])
        #expect(found.limits.requestsPerSecond == 2.5)
        #expect(found.limits.jobsPerDay == 7)
        #expect(found.limits.gasPerDay == nil)
        let days = Double(try #require(found.expiresAt).milliseconds - Timestamp.now().milliseconds) / 86_400_000
        #expect((29.9...30).contains(days))
        #expect(try template.make().token != token)
    }

    @Test("what no service would take is no new token", arguments: [("", ["a"], 1), ("a", ["*b"], 1), ("a", [], 0)])
    func badTemplate(name: String, programs: [String], days: Int) {
        let limits = TokenTemplate.Limits(requestsPerSecond: nil, jobsPerDay: nil, gasPerDay: nil)
        #expect(throws: TokenBookError.self) {
            try TokenTemplate(name: name, roles: [.read], programs: programs, days: days, limits: limits).make()
        }
    }
}
