import PageStorage
import Testing
import WorkerProtocol

@testable import API

@Suite("Programs' interfaces are remembered")
struct InterfaceCacheTests {
    private func key(_ service: Service, _ program: String) async throws -> ProgramKey {
        try #require(
            try await service.storage.withStorage { (storage) throws(StorageError) in
                try storage.programInterface(id: program)?.key
            })
    }

    /// Deletes the program behind the service's back, as another server does.
    private func deleteElsewhere(_ service: Service, _ program: String) async throws {
        _ = try await service.storage.withStorage { (storage) throws(StorageError) in
            try storage.deleteProgram(id: program)
        }
    }

    @Test("a job is posted with the key of the program that it was checked against")
    func programKey() async throws {
        let service = try await Service()
        try await service.upload("one")
        for _ in 0..<2 { _ = try await service.post("/v1/jobs", json: ["program": "one"]) }
        let key = try await key(service, "one")
        #expect(service.scheduler.requests.map { $0.programKey.map(Array.init) } == [key.bytes, key.bytes])
    }

    @Test("a program that was deleted elsewhere is found gone when a job of it is to be accepted")
    func gone() async throws {
        let service = try await Service()
        try await service.upload("one")
        _ = try await service.post("/v1/jobs", json: ["program": "one"])
        try await deleteElsewhere(service, "one")
        service.scheduler.state.withLock { $0.programs = [] }
        let answer = try await service.post("/v1/jobs", json: ["program": "one"])
        #expect(try answer.problem() == Problem(404, "program_not_found"))
        #expect(service.scheduler.requests.count == 1)
    }

    @Test("a program that was created anew elsewhere is checked anew")
    func createdAnew() async throws {
        let service = try await Service()
        try await service.upload("one")
        _ = try await service.post("/v1/jobs", json: ["program": "one"])
        try await deleteElsewhere(service, "one")
        let other = try Service(sharing: service)
        try await other.upload("one")
        let key = try await key(service, "one")
        service.scheduler.state.withLock { $0.programs = [key] }
        #expect(try await service.post("/v1/jobs", json: ["program": "one"]).status == 200)
        #expect(service.scheduler.requests.last?.programKey.map(Array.init) == key.bytes)
    }

    @Test("a job that what is remembered does not allow is checked against what is stored")
    func newEntry() async throws {
        let service = try await Service()
        service.scheduler.state.withLock { state in
            state.inspect = { code in
                var description = ModuleDescription.sample
                description.entries = []
                return .accepted(InspectedModule(description: description, code: code, meteredForms: []))
            }
        }
        try await service.upload("one")
        #expect(try await service.post("/v1/jobs", json: ["program": "one"]).problem().code == "entry_not_found")
        try await deleteElsewhere(service, "one")
        try await Service(sharing: service).upload("one")
        #expect(try await service.post("/v1/jobs", json: ["program": "one"]).status == 200)
    }

    @Test("a program that vanishes between check and acceptance, again and again, is told deleted")
    func vanishing() async throws {
        let service = try await Service()
        try await service.upload("one")
        service.scheduler.state.withLock { $0.programs = [] }
        let answer = try await service.post("/v1/jobs", json: ["program": "one"])
        #expect(try answer.problem() == Problem(409, "program_deleted"))
    }

    @Test("no more programs are remembered than allowed, those used last among them")
    func bound() {
        let cache = InterfaceCache(limit: 8)
        let checked = CheckedProgram(
            key: ProgramKey(bytes: Array(repeating: 1, count: 16)), interface: ProgramInterface(.sample))
        for number in 0..<100 {
            cache.insert(checked, for: "p\(number)")
            #expect(cache["p0"] != nil, "it is used all the time")
        }
        #expect((0..<100).filter { cache["p\($0)"] != nil }.count <= 8)
        cache.remove("p99")
        #expect(cache["p99"] == nil)
    }
}
