import PageStorage
import Testing

@Suite("Programs")
struct ProgramTests {
    @Test("a program comes back as it was stored", arguments: StorageKind.allCases)
    func create(kind: StorageKind) throws {
        let storage = try TestStorage(kind).open()
        let new = sampleProgram()
        let created = try storage.createProgram(new)
        #expect(created.key == new.key)
        #expect(created.codeSize == 4)
        #expect(created.version == 0)
        #expect(created.storedPages == 0)
        #expect(created.updatedAt == new.createdAt)
        #expect(try storage.program(id: "p") == created)
        #expect(try storage.program(id: "P") == nil)
        let found = try #require(try storage.programInterface(id: "p"))
        #expect(found == (new.key, new.interface))
        #expect(try storage.programInterface(id: "P") == nil)
        #expect(try storage.code(hash: new.codeHash) == new.code)
        #expect(try storage.code(hash: "unknown") == nil)
    }

    @Test("a taken id is refused, and leaves neither the program nor its code behind", arguments: StorageKind.allCases)
    func takenID(kind: StorageKind) throws {
        let storage = try TestStorage(kind).open()
        let first = try storage.createProgram(sampleProgram())
        let second = sampleProgram(code: Array("other".utf8))
        #expect(throws: StorageError.programExists) { try storage.createProgram(second) }
        #expect(try storage.program(id: "p") == first)
        #expect(try storage.code(hash: second.codeHash) == nil)
    }

    @Test("the largest numbers of the record's types are kept", arguments: StorageKind.allCases)
    func largeNumbers(kind: StorageKind) throws {
        let storage = try TestStorage(kind).open()
        var new = sampleProgram()
        new.memorySize = .max
        new.memoryMaximum = .max
        new.stackEnd = .max
        new.code = []
        let created = try storage.createProgram(new)
        #expect(try storage.program(id: "p") == created)
        #expect(try storage.code(hash: new.codeHash) == [])
    }

    @Test("programs are listed in the bytewise order of their ids, part by part", arguments: StorageKind.allCases)
    func listing(kind: StorageKind) throws {
        let storage = try TestStorage(kind).open()
        let ids = ["a", "B", "b.1", "b-1", "b_1", "B2", "0", "a0", "Z"]
        for id in ids { _ = try storage.createProgram(sampleProgram(id)) }
        let sorted = ids.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        #expect(try storage.programs(after: nil, limit: 100).map(\.id) == sorted)

        var listed: [String] = []
        while true {
            let part = try storage.programs(after: listed.last, limit: 2)
            guard !part.isEmpty else { break }
            #expect(part.count <= 2)
            listed += part.map(\.id)
        }
        #expect(listed == sorted)
    }

    @Test("a listing among patterns holds what one of them matches, part by part", arguments: StorageKind.allCases)
    func patterns(kind: StorageKind) throws {
        let storage = try TestStorage(kind).open()
        let ids = ["team", "team-", "team-a", "team-b", "team.c", "teaM-d", "other", "z", "zz"]
        for id in ids { _ = try storage.createProgram(sampleProgram(id)) }
        func listed(_ patterns: [ProgramPattern], after id: String? = nil, limit: Int = 100) throws -> [String] {
            try storage.programs(after: id, among: patterns, limit: limit).map(\.id)
        }
        #expect(try listed([.prefix("team-")]) == ["team-", "team-a", "team-b"])
        #expect(try listed([.prefix("team-")], limit: 2) == ["team-", "team-a"])
        #expect(try listed([.prefix("team-")], after: "team-a", limit: 2) == ["team-b"])
        #expect(try listed([.prefix("team-"), .id("z"), .id("missing")]) == ["team-", "team-a", "team-b", "z"])
        #expect(try listed([.prefix("z")]) == ["z", "zz"])
        #expect(try listed([.prefix("")]).count == ids.count)
        #expect(try listed([]) == [])
        for pattern: ProgramPattern in [.prefix("team-"), .id("team-"), .prefix("z"), .prefix(""), .id("none")] {
            #expect(try listed([pattern]) == ids.filter(pattern.matches).sorted())
        }
    }

    @Test("the same code is stored once, and goes with its last program", arguments: StorageKind.allCases)
    func sharedCode(kind: StorageKind) throws {
        let test = try TestStorage(kind)
        let storage = try test.open()
        let new = sampleProgram("one")
        _ = try storage.createProgram(new)
        _ = try storage.createProgram(sampleProgram("two"))
        #expect(try test.sql("SELECT count(*) FROM codes") == "1")
        #expect(try storage.deleteProgram(id: "one") != nil)
        #expect(try storage.code(hash: new.codeHash) == new.code)
        #expect(try storage.deleteProgram(id: "two") != nil)
        #expect(try storage.code(hash: new.codeHash) == nil)
    }

    @Test("a deleted program takes its pages along, and leaves its jobs", arguments: StorageKind.allCases)
    func delete(kind: StorageKind) throws {
        let test = try TestStorage(kind)
        let storage = try test.open()
        let program = try storage.createProgram(sampleProgram())
        let job = sampleJob()
        _ = try storage.commit(sampleCommit(program.key, version: 0, pages: [(1, samplePage(1))], job: job))
        #expect(try storage.deleteProgram(id: "p") != nil)
        #expect(try storage.program(id: "p") == nil)
        #expect(try storage.beginExecution(program: "p") == nil)
        #expect(try test.sql("SELECT count(*) FROM pages") == "0")
        #expect(try storage.job(id: job.id) == job)
        #expect(try storage.deleteProgram(id: "p") == nil)
    }

    @Test("programs with the same code can be stored and deleted at the same time", arguments: StorageKind.allCases)
    func codeRace(kind: StorageKind) throws {
        let test = try TestStorage(kind)
        _ = try onThreads(4) { number in
            let storage = try test.open()
            for _ in 0..<15 {
                let new = sampleProgram("\(number)")
                _ = try storage.createProgram(new)
                #expect(try storage.code(hash: new.codeHash) == new.code)
                #expect(try storage.deleteProgram(id: new.id) != nil)
            }
        }
        #expect(try test.sql("SELECT (SELECT count(*) FROM codes) + (SELECT count(*) FROM programs)") == "0")
    }
}
