import ArgumentParser
import Foundation
import Logging
import WorkerProtocol

/// How lines of the log are written, to standard error.
enum LogFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json

    var handler: @Sendable (_ label: String) -> any LogHandler {
        switch self {
        case .text: { StreamLogHandler.standardError(label: $0) }
        case .json: { JSONLogHandler(label: $0) }
        }
    }
}

/// Writes one JSON object a line: `time`, `level`, `message` and `logger`, and what else the line has to say beside them.
struct JSONLogHandler: LogHandler {
    let label: String
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    init(label: String) { self.label = label }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let line = Self.line(
            time: .now(), level: event.level, message: "\(event.message)", logger: label,
            metadata: metadata.merging(event.metadata ?? [:]) { $1 })
        // One call a line, so that lines of several processes do not mix.
        line.withUnsafeBytes { bytes in _ = write(STDERR_FILENO, bytes.baseAddress, bytes.count) }
    }

    static func line(
        time: Timestamp, level: Logger.Level, message: String, logger: String, metadata: Logger.Metadata
    ) -> [UInt8] {
        var fields = metadata.mapValues(Value.init)
        fields["time"] = .text(time.rfc3339)
        fields["level"] = .text(level.rawValue)
        fields["message"] = .text(message)
        fields["logger"] = .text(logger)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Texts and finite numbers always encode.
        return Array((try? encoder.encode(fields)) ?? Data("{}".utf8)) + [UInt8(ascii: "\n")]
    }

    /// Numbers stay numbers; whatever else is text.
    private enum Value: Encodable {
        case integer(Int64)
        case number(Double)
        case text(String)

        init(_ value: Logger.MetadataValue) {
            guard case .stringConvertible(let convertible) = value else {
                self = .text("\(value)")
                return
            }
            switch convertible {
            case let number as any FixedWidthInteger:
                self = Int64(exactly: number).map(Value.integer) ?? .text("\(value)")
            case let number as Double where number.isFinite: self = .number(number)
            default: self = .text("\(value)")
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .integer(let number): try container.encode(number)
            case .number(let number): try container.encode(number)
            case .text(let text): try container.encode(text)
            }
        }
    }
}
