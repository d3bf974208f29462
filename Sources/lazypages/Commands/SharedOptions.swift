import ArgumentParser
import Foundation
import PageStorage
import Worker

/// Where compiled code is kept.
enum CacheDirectory {
    /// The caller's choice, else a folder of the user's cache; created with the folders above it.
    static func path(_ option: String?) throws -> String {
        let path = Settings.text(option, "cache", default: standard)
        let parent = URL(filePath: path).deletingLastPathComponent().path
        do {
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        } catch {
            throw Failure(.usage, "the folder for compiled code, \(path), cannot be made; choose another with --cache")
        }
        return path
    }

    private static var standard: String {
        let environment = ProcessInfo.processInfo.environment
        if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") { return "\(cache)/lazypages" }
        if let home = environment["HOME"], home.hasPrefix("/"), home != "/" { return "\(home)/.cache/lazypages" }
        return "\(NSTemporaryDirectory())/lazypages-\(geteuid())"
    }
}

extension StorageLocation {
    /// From the command line or the environment.
    static func setting(_ option: String?, default standard: String) throws -> StorageLocation {
        do throws(StorageError) {
            return try StorageLocation(Settings.text(option, "storage", default: standard))
        } catch {
            throw Failure(.usage, "--storage: \(error.explanation)")
        }
    }
}

/// How far ahead of their faults pages are fetched, as the command line says it.
enum PrefetchSetting: String, ExpressibleByArgument, CaseIterable {
    case on, off

    var prefetch: Prefetch {
        switch self {
        case .on: .on
        case .off: .off
        }
    }
}

extension Settings {
    /// One of the names of an enumeration, from the command line or the environment.
    static func choice<Choice>(_ option: Choice?, _ name: String, default standard: Choice) throws -> Choice
    where Choice: RawRepresentable & CaseIterable, Choice.RawValue == String {
        let text = Settings.text(option?.rawValue, name, default: standard.rawValue)
        guard let choice = Choice(rawValue: text) else {
            let names = Choice.allCases.map(\.rawValue).joined(separator: " or ")
            throw Failure(.usage, "\(Settings.variable(name)) is \"\(text)\"; expected \(names)")
        }
        return choice
    }
}

extension StorageError {
    /// For an operator, in one line.
    var explanation: String {
        switch self {
        case .unavailable(let reason): "the storage does not answer: \(reason)"
        case .full(let reason): "the storage has no room left: \(reason)"
        case .programExists: "the program is there already"
        case .newerSchema(let found, let known):
            "the storage was made by a newer version (its schema is \(found), this version knows \(known)); update lazypages"
        case .invalidLocation(let reason): reason
        case .failed(let reason): "the storage refused: \(reason)"
        }
    }
}
