import Foundation
import TestSupport
import Testing

/// The programs of `deploy/examples`, or others in C, compiled as authors are told to.
struct ExamplePrograms {
    private let folder: TestFolder

    /// - Parameter sources: text by name, without `.c`; none for the examples themselves.
    init(_ sources: [String: String] = [:]) async throws {
        let folder = try TestFolder()
        let files = try sources.map { try folder.write("\($0).c", $1) }
        let script = Self.checkout.appending(path: "deploy/examples/build.sh").path
        let compilation = try ChildProcess([script, folder("modules")] + files, folder: folder.path)
        try #require(try await compilation.waitForEnd() == .exited(0), "\(compilation.errors)")
        self.folder = folder
    }

    /// Uploads one of them, under its own name.
    func upload(
        _ name: String, to service: TestService, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> ExampleProgram {
        let module = try Data(contentsOf: URL(filePath: folder("modules/\(name).wasm")))
        let response = try await service.client.request(
            "POST", "/v1/programs?id=\(name)", type: "application/wasm", body: Array(module))
        try #require(response.status == 201, "\(response.text)", sourceLocation: sourceLocation)
        // What lies below would not persist.
        let program: ProgramDocument = try response.decoded()
        #expect(program.memory.stackEnd == 1, sourceLocation: sourceLocation)
        return ExampleProgram(name: name, service: service)
    }

    /// What README.md shows as a whole program.
    static var readme: String {
        get throws {
            let text = try String(contentsOf: checkout.appending(path: "README.md"), encoding: .utf8)
            return String(try #require(text.firstMatch(of: /```c\n(.*?)```/.dotMatchesNewlines())).1)
        }
    }

    private static let checkout = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
}

/// One of them, uploaded to a service.
struct ExampleProgram {
    let name: String
    let service: TestService

    /// Runs an entry with a payload.
    func run(
        _ payload: [UInt8], entry: String = "handle", commit: Bool = true, gas: Int = 100_000_000_000,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> JobDocument {
        let job = PayloadSubmission(
            program: name, entry: entry, payload: Data(payload), gasLimit: gas, commit: commit, pages: "numbers")
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let response = try await service.client.request(
            "POST", "/v1/jobs", type: "application/json", body: Array(try encoder.encode(job)))
        try #require(response.status == 200, "\(response.text)", sourceLocation: sourceLocation)
        return try response.decoded()
    }

    /// Runs a job that must succeed, and returns its reply.
    func reply(
        to payload: [UInt8], entry: String = "handle", commit: Bool = true,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> [UInt8]? {
        let job = try await run(payload, entry: entry, commit: commit, sourceLocation: sourceLocation)
        try #require(job.outcome == "success", "\(job)", sourceLocation: sourceLocation)
        #expect(job.committed == commit, sourceLocation: sourceLocation)
        return job.reply.map { Array($0.payload) }
    }

    /// Runs a job that must end with a panic of this text, and keep nothing.
    func expectPanic(
        _ payload: [UInt8], _ text: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let version = try await service.client.program(name).version
        let job = try await run(payload, sourceLocation: sourceLocation)
        #expect(job.outcome == "panic" && !job.committed && job.reply == nil, sourceLocation: sourceLocation)
        #expect(job.error?.message.contains(text) == true, "\(job)", sourceLocation: sourceLocation)
        #expect(try await service.client.program(name).version == version, sourceLocation: sourceLocation)
    }
}

/// The body of `POST /v1/jobs`, with a payload in base64.
private struct PayloadSubmission: Encodable {
    var program: String
    var entry: String
    var payload: Data
    var gasLimit: Int
    var commit: Bool
    var pages: String
}

/// Runs a test with a service and the compiled examples.
func withExamples(
    on kind: StorageKind, sources: [String: String] = [:], _ body: (TestService, ExamplePrograms) async throws -> Void
) async throws {
    let examples = try await ExamplePrograms(sources)
    try await withService(on: kind, workers: 1) { try await body($0, examples) }
}

/// Numbers as the programs write them.
extension FixedWidthInteger {
    var littleEndianBytes: [UInt8] { withUnsafeBytes(of: littleEndian) { Array($0) } }
}

/// Reads numbers that follow each other.
struct NumberReader {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    mutating func next<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) throws -> Number {
        let size = Number.bitWidth / 8
        try #require(rest.count >= size)
        defer { rest = rest.dropFirst(size) }
        return rest.prefix(size).reversed().reduce(0) { $0 << 8 | Number($1) }
    }
}

/// The same numbers each time: SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
