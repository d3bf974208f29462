import Foundation
import Testing
import WorkerProtocol

@testable import API

@Suite("Submitting jobs: what is checked")
struct JobSubmissionTests {
    private let good: JSONValue = ["program": "one", "entry": "add", "args": [1, 2]]

    private func answer(to changes: [String: JSONValue]) async throws -> (Service, Answer) {
        let service = try await Service()
        try await service.upload("one")
        return (service, try await service.post("/v1/jobs", json: good.with(changes)))
    }

    @Test("only the program is required; the rest has its documented default")
    func defaults() async throws {
        let service = try await Service()
        try await service.upload("one")
        #expect(try await service.post("/v1/jobs", json: ["program": "one"]).status == 200)
        let request = try #require(service.scheduler.requests.first)
        #expect(UUIDv7(request.id) != nil)
        #expect(request.program == "one")
        #expect(request.entry == "handle")
        #expect(request.args.isEmpty)
        #expect(request.gasLimit == APIConfiguration.Limits().defaultGas)
        #expect(request.commit)
        #expect(request.payload.isEmpty)
        #expect(request.pages == .data)
        #expect(request.timeoutMs == 10_000)
    }

    @Test("the address may name the program too, but no other one")
    func routedProgram() async throws {
        let service = try await Service()
        try await service.upload("one")
        #expect(try await service.post("/v1/jobs?program=one", json: good).status == 200)
        for (name, value) in [("program", "two"), ("program", ""), ("programme", "one")] {
            let answer = try await service.post("/v1/jobs?\(name)=\(value)", json: good)
            #expect(answer.status == 422)
            #expect(try answer.pointers == ["?\(name)"])
        }
        #expect(service.scheduler.requests.count == 1)
    }

    @Test("every field reaches the scheduler")
    func everyField() async throws {
        let (service, answer) = try await answer(to: [
            "args": [-1, "18446744073709551615"], "gas_limit": 9_007_199_254_740_991, "commit": false,
            "payload": "UElORw==", "payload_encoding": "base64", "pages": "numbers", "timeout_ms": 600_000,
            "context": [:],
        ])
        #expect(answer.status == 200)
        let request = try #require(service.scheduler.requests.first)
        #expect(request.entry == "add")
        #expect(request.args == [.integer(-1), .unsigned(.max)])
        #expect(request.gasLimit == 9_007_199_254_740_991)
        #expect(!request.commit)
        #expect(request.payload == Data("PING".utf8))
        #expect(request.pages == .numbers)
        #expect(request.timeoutMs == 600_000)
    }

    @Test(
        "a payload is read as its encoding says",
        arguments: [
            ("base64", "AP8=", [0, 255]), ("hex", "00fF", [0, 255]), ("hex", "0x00ff", [0, 255]), ("hex", "", []),
            ("utf8", "ä\u{0}", [0xC3, 0xA4, 0]),
        ] as [(String, String, [UInt8])])
    func payloads(encoding: String, text: String, bytes: [UInt8]) async throws {
        let (service, _) = try await answer(to: ["payload": .string(text), "payload_encoding": .string(encoding)])
        #expect(service.scheduler.requests.first?.payload == Data(bytes))
    }

    @Test(
        "a field of the wrong type, range or form is invalid_request at its pointer",
        arguments: [
            ("program", 5, "/program"), ("program", "a b", "/program"), ("program", "", "/program"),
            ("entry", "", "/entry"), ("entry", 1, "/entry"), ("args", 5, "/args"), ("args", ["1", "x"], "/args/1"),
            ("args", [true, 1], "/args/0"), ("args", [nil, 1], "/args/0"), ("args", ["0x1", 1], "/args/0"),
            ("gas_limit", -1, "/gas_limit"), ("gas_limit", 9_007_199_254_740_992, "/gas_limit"),
            ("gas_limit", "1", "/gas_limit"), ("gas_limit", 1.5, "/gas_limit"), ("gas_limit", 1e300, "/gas_limit"),
            ("commit", "yes", "/commit"), ("commit", nil, "/commit"), ("payload", "%%%", "/payload"),
            ("payload", "QQ", "/payload"), ("payload", 1, "/payload"),
            ("payload_encoding", "rot13", "/payload_encoding"), ("pages", "all", "/pages"),
            ("timeout_ms", 0, "/timeout_ms"), ("timeout_ms", 600_001, "/timeout_ms"),
            ("context", [], "/context"),
        ] as [(String, JSONValue, String)])
    func wrongFields(name: String, value: JSONValue, pointer: String) async throws {
        let (service, answer) = try await answer(to: [name: value])
        #expect(try answer.problem() == Problem(422, "invalid_request"))
        #expect(try answer.pointers == [pointer])
        #expect(service.scheduler.requests.isEmpty)
    }

    @Test("hex digits come in pairs, and are digits", arguments: ["zz", "0", "0x0", "x0", "é0", "0x0x00"])
    func wrongHex(text: String) async throws {
        let (_, answer) = try await answer(to: ["payload": .string(text), "payload_encoding": "hex"])
        #expect(try answer.pointers == ["/payload"])
    }

    @Test("the program must be named, and the body be an object")
    func missingProgram() async throws {
        let service = try await Service()
        let missing = try await service.post("/v1/jobs", json: ["entry": "add"])
        #expect(try missing.problem() == Problem(422, "invalid_request"))
        #expect(try missing.pointers == ["/program"])
        #expect(try await service.post("/v1/jobs", json: [1]).problem() == Problem(422, "invalid_request"))
    }

    @Test("all faults are told at once, and one that is unknown gives the code")
    func allAtOnce() async throws {
        let (_, answer) = try await answer(to: ["gaslimit": 5, "commit": 1, "timeout_ms": 0])
        #expect(try answer.problem() == Problem(422, "unknown_field"))
        #expect(try answer.pointers == ["/gaslimit", "/commit", "/timeout_ms"])
    }

    @Test("the context is handed on as it is stated, and what it leaves out is left to its defaults")
    func wholeContext() async throws {
        let id = "0x" + String(repeating: "0f", count: 32)
        let context: JSONValue = [
            "message_id": .string(id), "program_id": .string(String(id.dropFirst(2))), "source": .string(id),
            "value": "340282366920938463463374607431768211455",
            "value_available": "340282366920938463463374607431768211455",
            "block_height": 4_294_967_295, "block_timestamp": 9_007_199_254_740_991, "random": .string(id),
            "reply_to": .string(id), "reply_code": 7, "signal_from": nil,
            "environment": ["existential_deposit": 10, "performance_multiplier": 250],
        ]
        let (service, _) = try await answer(to: ["context": context])
        let stated = try #require(service.scheduler.requests.last?.context)
        let bytes = Bytes32(hex: id)
        #expect(
            [stated.messageId, stated.programId, stated.source, stated.random, stated.replyTo] == [
                bytes, bytes, bytes, bytes, bytes,
            ])
        #expect(stated.value?.number == .max && stated.valueAvailable?.number == .max)
        #expect(stated.blockHeight == .max && stated.blockTimestamp == (1 << 53) - 1)
        #expect(stated.replyCode == 7 && stated.signalFrom == nil)
        #expect(stated.environment?.existentialDeposit == 10 && stated.environment?.performanceMultiplier == 250)
        #expect(stated.environment?.gasMultiplier == 1, "what is left out has its default")
        let (plain, _) = try await answer(to: ["context": [:]])
        #expect(plain.scheduler.requests.last?.context == StatedContext())
    }

    @Test(
        "a context of the wrong form is refused with the place",
        arguments: [
            (["message_id": "0x12"], "/context/message_id"), (["source": 5], "/context/source"),
            (["value": -1], "/context/value"), (["value": "340282366920938463463374607431768211456"], "/context/value"),
            (["value": "1e3"], "/context/value"), (["value": 5, "value_available": 4], "/context/value_available"),
            (["block_height": 4_294_967_296], "/context/block_height"),
            (["environment": ["gas_multiplier": []]], "/context/environment/gas_multiplier"),
            (["environment": ["gas_multiplier": 0]], "/context/environment/gas_multiplier"),
        ] as [(JSONValue, String)])
    func wrongContext(context: JSONValue, pointer: String) async throws {
        let (_, answer) = try await answer(to: ["context": context])
        #expect(try answer.problem() == Problem(422, "invalid_request"))
        #expect(try answer.pointers == [pointer])
    }

    @Test("what the context does not know is refused")
    func context() async throws {
        let (_, answer) = try await answer(to: ["context": ["block_hight": 1]])
        #expect(try answer.problem() == Problem(422, "unknown_field"))
        #expect(try answer.pointers == ["/context/block_hight"])
    }

    @Test("a payload has a limit, in bytes after decoding")
    func payloadLimit() async throws {
        var limits = APIConfiguration.Limits()
        limits.payloadBytes = 4
        let service = try await Service(limits: limits)
        try await service.upload("one")
        let fits = try await service.post("/v1/jobs", json: ["program": "one", "payload": "UElORw=="])
        #expect(fits.status == 200)
        let tooLong = try await service.post("/v1/jobs", json: ["program": "one", "payload": "UElORyE="])
        #expect(try tooLong.pointers == ["/payload"])
    }

    @Test(
        "arguments are checked against the entry's signature",
        arguments: [
            ("add", [], "/args"), ("add", [1, 2, 3], "/args"), ("add", [4_294_967_296, 1], "/args/0"),
            ("add", [-2_147_483_649, 1], "/args/0"), ("add", [1, 1.5], "/args/1"), ("add", [1, 1e20], "/args/1"),
            ("handle", [1], "/args"), ("opaque", [], "/entry"), ("vector", [], "/entry"),
        ] as [(String, JSONValue, String)])
    func signature(entry: String, args: JSONValue, pointer: String) async throws {
        let (_, answer) = try await answer(to: ["entry": .string(entry), "args": args])
        #expect(try answer.problem() == Problem(422, "invalid_request"))
        #expect(try answer.pointers == [pointer])
    }

    @Test(
        "numbers that fit are taken",
        arguments: [
            ("add", [4_294_967_295, -1]), ("add", [-2_147_483_648, "-9223372036854775808"]),
            ("scale", [1, 2.5]), ("scale", ["NaN", "-Infinity"]), ("scale", ["7", -0.0]),
        ] as [(String, JSONValue)])
    func fitting(entry: String, args: JSONValue) async throws {
        let (_, answer) = try await answer(to: ["entry": .string(entry), "args": args])
        #expect(answer.status == 200)
    }

    @Test("an entry that the program has not is entry_not_found")
    func entryNotFound() async throws {
        let (_, answer) = try await answer(to: ["entry": "none_such"])
        #expect(try answer.problem() == Problem(422, "entry_not_found"))
        #expect(try answer.pointers == ["/entry"])
    }

    @Test("a program that is not there is program_not_found")
    func programNotFound() async throws {
        let (_, answer) = try await answer(to: ["program": "none-such"])
        #expect(try answer.problem() == Problem(404, "program_not_found"))
    }

    @Test("a job is JSON", arguments: ["text/html", nil])
    func mediaType(type: String?) async throws {
        let service = try await Service()
        let answer = try await service.call("POST", "/v1/jobs", Array("{}".utf8), type: type)
        #expect(try answer.problem() == Problem(415, "unsupported_media_type"))
    }
}
