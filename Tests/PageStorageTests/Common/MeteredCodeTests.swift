import PageStorage
import Testing

@Suite("Metered forms of a module")
struct MeteredCodeTests {
    private let fast = MeteredCodeForm(name: "fast", weightsVersion: 1)
    private let exact = MeteredCodeForm(name: "exact", weightsVersion: 1)

    @Test("they are stored with the program, and told with it", arguments: StorageKind.allCases)
    func upload(kind: StorageKind) throws {
        let storage = try TestStorage(kind).open()
        var new = sampleProgram()
        new.meteredCodes = [MeteredCode(exact, code: [1, 2, 3]), MeteredCode(fast, code: [0, 255])]
        let created = try storage.createProgram(new)
        #expect(try storage.meteredCode(of: new.codeHash, form: exact) == [1, 2, 3])
        #expect(try storage.meteredCode(of: new.codeHash, form: fast) == [0, 255])
        let sizes = [MeteredCodeSize(exact, size: 3), MeteredCodeSize(fast, size: 2)]
        #expect(created.meteredCodes == sizes)
        let found = try #require(try storage.program(id: "p"))
        #expect(found.meteredCodes.sorted { $0.form.name < $1.form.name } == sizes)
        #expect(found.codeSize == 4)
    }

    @Test("a form of other weights is added, and the first that is stored stays", arguments: StorageKind.allCases)
    func laterWeights(kind: StorageKind) throws {
        let storage = try TestStorage(kind).open()
        let new = sampleProgram()
        _ = try storage.createProgram(new)
        let later = MeteredCodeForm(name: "fast", weightsVersion: 2)
        #expect(try storage.meteredCode(of: new.codeHash, form: later) == nil)
        try storage.storeMeteredCode(MeteredCode(fast, code: [1]), of: new.codeHash)
        try storage.storeMeteredCode(MeteredCode(later, code: [2]), of: new.codeHash)
        try storage.storeMeteredCode(MeteredCode(later, code: [3]), of: new.codeHash)
        #expect(try storage.meteredCode(of: new.codeHash, form: fast) == [1])
        #expect(try storage.meteredCode(of: new.codeHash, form: later) == [2])
        #expect(try storage.program(id: "p")?.meteredCodes.count == 2)
    }

    @Test("they go with the last program that has the module, and none comes after", arguments: StorageKind.allCases)
    func deletion(kind: StorageKind) throws {
        let test = try TestStorage(kind)
        let storage = try test.open()
        var new = sampleProgram()
        new.meteredCodes = [MeteredCode(fast, code: [1])]
        _ = try storage.createProgram(new)
        _ = try storage.createProgram(sampleProgram("q"))
        #expect(try storage.deleteProgram(id: "p") != nil)
        #expect(try storage.meteredCode(of: new.codeHash, form: fast) == [1])
        #expect(try storage.deleteProgram(id: "q") != nil)
        #expect(try storage.meteredCode(of: new.codeHash, form: fast) == nil)
        try storage.storeMeteredCode(MeteredCode(fast, code: [1]), of: new.codeHash)
        #expect(try test.sql("SELECT count(*) FROM metered_codes") == "0")
    }
}
