import Foundation
import HTTPServer
import Scheduler
import Testing
import WorkerProtocol

@testable import API

@Suite("Uploading programs")
struct ProgramUploadTests {
    private let code: JSONValue = .string(Data("module".utf8).base64EncodedString())

    @Test("a program is answered as it will be found, with its place")
    func created() async throws {
        let service = try await Service()
        let answer = try await service.upload("counter")
        #expect(answer.status == 201)
        #expect(answer.headers["Location"] == "/v1/programs/counter")
        let json = try answer.json
        #expect(
            json.names == [
                "id", "code", "memory", "stored_pages", "version", "entries", "imports", "metering", "labels",
                "created_at", "updated_at",
            ])
        #expect(json["code"]?["hash"] == .string("sha256:" + String(repeating: "ab", count: 32)))
        #expect(json["memory"] == ["size": 2, "stack_end": 1, "maximum": 4])
        #expect(json["version"] == 0)
        #expect(json["stored_pages"] == 0)
        #expect(
            json["metering"] == [
                "by": "service", "weights_version": 3, "sizes": ["fast": 5, "exact": 4], "dropped_sections": [],
            ])
        #expect(json["imports"] == [["module": "env", "name": "gr_size", "params": ["i32"], "results": []]])
        #expect(json["entries"]?[1] == ["name": "add", "params": ["i32", "i64"], "results": ["i32"]])
        #expect(try await service.get("/v1/programs/counter").json == json)
    }

    @Test("without an id the service makes one up")
    func ownID() async throws {
        let service = try await Service()
        let answer = try await service.post("/v1/programs", json: ["code": code])
        let id = try #require(try answer.json["id"]?.string)
        #expect(UUIDv7(id) != nil)
        #expect(answer.headers["Location"] == "/v1/programs/\(id)")
    }

    @Test("each media type says whether the module is text")
    func mediaTypes() async throws {
        let service = try await Service()
        #expect(try await service.call("POST", "/v1/programs", [1], type: "application/wasm").status == 201)
        #expect(try await service.call("POST", "/v1/programs", [2], type: "Text/Plain; Charset=UTF-8").status == 201)
        #expect(try await service.post("/v1/programs", json: ["code": code]).status == 201)
        #expect(try await service.post("/v1/programs", json: ["wat": "(module)"]).status == 201)
        let uploads = service.scheduler.state.withLock { $0.uploads }
        #expect(uploads.map(\.code) == [[1], [2], Array("module".utf8), Array("(module)".utf8)])
        #expect(uploads.map(\.isText) == [false, true, false, true])
    }

    @Test(
        "other media types, and other character sets, are 415",
        arguments: ["text/html", "application/json; charset=utf-16", "", nil])
    func unsupported(type: String?) async throws {
        let service = try await Service()
        let answer = try await service.call("POST", "/v1/programs", Array("{}".utf8), type: type)
        #expect(try answer.problem() == Problem(415, "unsupported_media_type"))
    }

    @Test(
        "a field of the wrong form is invalid_request at its pointer",
        arguments: [
            (["code": "%%%"], "/code"), (["code": "QQ"], "/code"), ([:], "/code"), (["code": 5], "/code"),
            (["wat": "(module)", "code": "QQ=="], "/wat"), (["wat": "", "id": "../up"], "/id"),
            (["wat": "", "id": ""], "/id"), (["wat": "", "stack_end": -1], "/stack_end"),
            (["wat": "", "stack_end": 8193], "/stack_end"), (["wat": "", "labels": ["a"]], "/labels"),
            (["wat": "", "labels": ["a": 1]], "/labels"), (["wat": "", "labels": ["a": "\u{0}"]], "/labels"),
            (["wat": "", "labels": ["": "x"]], "/labels"),
        ] as [(JSONValue, String)])
    func wrongFields(body: JSONValue, pointer: String) async throws {
        let service = try await Service()
        let answer = try await service.post("/v1/programs", json: body)
        #expect(try answer.problem() == Problem(422, "invalid_request"))
        #expect(try answer.pointers.contains(pointer))
    }

    @Test("unknown fields and parameters are named")
    func unknownFields() async throws {
        let service = try await Service()
        let field = try await service.post("/v1/programs", json: ["wat": "", "lables": [:]])
        #expect(try field.problem() == Problem(422, "unknown_field"))
        #expect(try field.pointers == ["/lables"])
        let parameter = try await service.call("POST", "/v1/programs?name=a", [1], type: "application/wasm")
        #expect(try parameter.problem() == Problem(422, "unknown_field"))
        #expect(try parameter.pointers == ["?name"])
    }

    @Test("what cannot be parsed is 400")
    func invalidJSON() async throws {
        let service = try await Service()
        let answer = try await service.call("POST", "/v1/programs", Array("{".utf8), type: "application/json")
        #expect(try answer.problem() == Problem(400, "invalid_json"))
    }

    @Test("a taken id is 409, and the module is not even looked at")
    func taken() async throws {
        let service = try await Service()
        try await service.upload("one")
        #expect(try await service.upload("one").problem() == Problem(409, "program_exists"))
        #expect(service.scheduler.state.withLock { $0.uploads.count } == 1)
    }

    @Test("a refused module is 422 with the code of its refusal")
    func refused() async throws {
        let service = try await Service()
        service.scheduler.state.withLock {
            $0.inspect = { _ in .refused(.init(code: "unknown_import", message: "There is no env.nothing.")) }
        }
        let answer = try await service.upload("one")
        #expect(try answer.problem() == Problem(422, "unknown_import"))
        #expect(try answer.json["detail"] == "There is no env.nothing.")
        #expect(try await service.get("/v1/programs/one").status == 404)
    }

    @Test("a module beyond the limit is refused in each media type, and not looked at")
    func tooLarge() async throws {
        var limits = APIConfiguration.Limits()
        limits.moduleBytes = 3
        let service = try await Service(limits: limits)
        #expect(try await service.upload("one").problem() == Problem(422, "module_too_large"))
        #expect(try await service.post("/v1/programs", json: ["code": code]).status == 422)
        #expect(service.scheduler.state.withLock { $0.uploads.isEmpty })
        #expect(try await service.call("POST", "/v1/programs", [1, 2, 3], type: "text/plain").status == 201)
    }

    @Test("labels are kept as they are")
    func labels() async throws {
        let service = try await Service()
        let labels: JSONValue = ["createdBy": "Zoë/1", "snake_case": "", "a b": "\"\\"]
        let answer = try await service.post("/v1/programs", json: ["id": "one", "wat": "", "labels": labels])
        #expect(try answer.json["labels"] == labels)
        #expect(try await service.get("/v1/programs/one").json["labels"] == labels)
    }

    @Test(
        "the stack end is the module's, else the upload's, else 0",
        arguments: [(1, nil, 1), (1, 1, 1), (nil, 2, 2), (nil, nil, 0), (0, nil, 0)] as [(UInt32?, Int64?, Int64)])
    func stackEnd(own: UInt32?, wanted: Int64?, expected: Int64) async throws {
        let answer = try await upload(ownStackEnd: own, wanted: wanted)
        #expect(try answer.json["memory"]?["stack_end"] == .number(.integer(expected)))
    }

    @Test("a stack end that the module contradicts, or beyond its memory, is refused", arguments: [(1, 2), (nil, 3)])
    func wrongStackEnd(own: UInt32?, wanted: Int64) async throws {
        let answer = try await upload(ownStackEnd: own, wanted: wanted)
        #expect(try answer.problem() == Problem(422, "invalid_request"))
        #expect(try answer.pointers == ["/stack_end"])
    }

    @Test("a refusal names everything that is wrong, and where")
    func severalFaults() async throws {
        let service = try await Service()
        service.scheduler.state.withLock {
            $0.inspect = { _ in
                .refused(
                    ModuleRefusal([
                        ModuleFault(code: "unknown_import", message: "there is no env.a to import"),
                        ModuleFault(code: "start_section", message: "the module has a start section", offset: 17),
                    ]) ?? ModuleRefusal(code: "", message: ""))
            }
        }
        let answer = try await service.upload("one")
        #expect(try answer.problem() == Problem(422, "unknown_import"))
        #expect(
            try answer.json["errors"] == [
                ["code": "unknown_import", "detail": "there is no env.a to import"],
                ["code": "start_section", "detail": "the module has a start section", "offset": 17],
            ])
    }

    private func upload(ownStackEnd: UInt32?, wanted: Int64?) async throws -> Answer {
        let service = try await Service()
        service.scheduler.state.withLock {
            $0.inspect = { code in
                var module = ModuleDescription.sample
                module.stackEnd = ownStackEnd
                return .accepted(InspectedModule(description: module, code: code, meteredForms: []))
            }
        }
        let upload: JSONValue = ["wat": ""]
        return try await service.post(
            "/v1/programs", json: wanted.map { upload.with(["stack_end": .number(.integer($0))]) } ?? upload)
    }

    @Test(
        "what the scheduler cannot do is a problem of its own",
        arguments: [
            (.tooManyJobs(retryAfter: 7), Problem(503, "too_many_jobs"), "7"),
            (.shuttingDown, Problem(503, "shutting_down"), "5"),
            (.workerCrashed("killed by signal 11"), Problem(500, "worker_crashed"), nil),
            (.memoryExceeded, Problem(422, "module_too_large"), nil),
            (.timedOut(milliseconds: 5), Problem(422, "module_too_large"), nil),
        ] as [(SchedulerError, Problem, String?)])
    func schedulerErrors(error: SchedulerError, expected: Problem, retryAfter: String?) async throws {
        let service = try await Service()
        service.scheduler.state.withLock { $0.inspect = { _ throws(SchedulerError) in throw error } }
        let answer = try await service.upload("one")
        #expect(try answer.problem() == expected)
        #expect(answer.headers["Retry-After"] == retryAfter)
        #expect(!answer.text.contains("signal"))
    }
}
