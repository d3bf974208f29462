import Digests
import Foundation
import HTTPServer
import Logging
import Synchronization
import WorkerProtocol

@testable import API

/// Tokens of tests: a token's text is its name, and the word `secret`.
enum Tokens {
    static func text(_ name: String) -> String { "\(name)-secret" }

    /// An entry for a document of tokens.
    static func entry(
        _ name: String, _ roles: Role..., programs: [String]? = nil, expiresAt: String? = nil, limits: JSONValue? = nil
    ) -> JSONValue {
        var entry: [String: JSONValue] = [
            "name": .string(name), "sha256": .string(SHA256Digest.hex(Array(text(name).utf8))),
            "roles": .array(roles.map { .string($0.rawValue) }),
        ]
        entry["programs"] = programs.map { .array($0.map { .string($0) }) }
        entry["expires_at"] = expiresAt.map { .string($0) }
        entry["limits"] = limits
        return .object(entry)
    }

    static func document(_ entries: [JSONValue]) throws -> [UInt8] {
        Array(try JSONEncoder().encode(JSONValue.object(["tokens": .array(entries)])))
    }

    static func keeper(_ entries: JSONValue..., logger: Logger = .silent) throws -> TokenKeeper {
        try TokenKeeper(.document(document(entries)), logger: logger)
    }
}

/// Keeps what is logged.
final class LogMemory: Sendable {
    struct Line {
        var level: Logger.Level
        var message: String
        var metadata: [String: String]
    }

    private let kept = Mutex<[Line]>([])

    var lines: [Line] { kept.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { _ in Handler(memory: self) } }

    private struct Handler: LogHandler {
        let memory: LogMemory
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.MetadataValue? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" }
            memory.kept.withLock { $0.append(Line(level: event.level, message: "\(event.message)", metadata: all)) }
        }
    }
}
