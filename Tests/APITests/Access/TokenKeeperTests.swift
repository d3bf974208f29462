import Foundation
import Logging
import Testing

@testable import API

@Suite("Tokens from a file")
struct TokenKeeperTests {
    private let folder = TemporaryFolder()
    private var path: String { folder.path("tokens.json") }

    private func write(_ entries: JSONValue...) throws {
        try Data(try Tokens.document(entries)).write(to: URL(filePath: path), options: .atomic)
    }

    @Test("a change of the file holds at once, and the service goes on")
    func rotation() async throws {
        try write(Tokens.entry("old", .read))
        let service = try await Service(tokens: try TokenKeeper(.file(path), interval: .zero, logger: .silent))
        func status(_ name: String) async throws -> Int {
            try await service.bearing(Tokens.text(name)).get("/v1/info").status
        }
        #expect(try await status("old") == 200)
        #expect(try await status("new") == 401)
        try write(Tokens.entry("old", .read), Tokens.entry("new", .read))
        #expect(try await status("old") == 200)
        #expect(try await status("new") == 200)
        try write(Tokens.entry("new", .read))
        #expect(try await status("old") == 401)
        #expect(try await status("new") == 200)
    }

    @Test("a file that is broken or gone leaves the tokens as they were, and the log says it once")
    func broken() throws {
        try write(Tokens.entry("old", .read))
        let log = LogMemory()
        let keeper = try TokenKeeper(.file(path), interval: .zero, logger: log.logger)
        try Data(#"{"tokens": [{"name": "sp-secret-word""#.utf8).write(to: URL(filePath: path))
        #expect(keeper.book.entry(of: Tokens.text("old")) != nil)
        #expect(keeper.book.entry(of: Tokens.text("old")) != nil)
        #expect(log.lines.map(\.level) == [.error])
        #expect(!log.lines.contains { "\($0)".contains("sp-secret-word") })
        try FileManager.default.removeItem(atPath: path)
        #expect(keeper.book.entry(of: Tokens.text("old")) != nil)
        #expect(log.lines.map(\.level) == [.error, .error])
        try write(Tokens.entry("new", .read))
        #expect(keeper.book.entry(of: Tokens.text("old")) == nil)
        #expect(keeper.book.entry(of: Tokens.text("new")) != nil)
        #expect(log.lines.map(\.level) == [.error, .error, .notice])
    }

    @Test("the file is not looked at before its time")
    func interval() throws {
        try write(Tokens.entry("old", .read))
        let keeper = try TokenKeeper(.file(path), interval: .seconds(3600), logger: .silent)
        try write(Tokens.entry("new", .read))
        #expect(keeper.book.entry(of: Tokens.text("new")) == nil)
    }

    @Test("a service does not begin with a file that cannot be used")
    func start() throws {
        #expect(throws: TokenBookError.self) { try TokenKeeper(.file(path), logger: .silent) }
        try Data("{}".utf8).write(to: URL(filePath: path))
        #expect(throws: TokenBookError.self) { try TokenKeeper(.file(path), logger: .silent) }
        #expect(throws: TokenBookError.self) { try TokenKeeper(.document([]), logger: .silent) }
    }
}
