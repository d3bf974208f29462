import Foundation

/// Runs the fuzzer in a process of its own and knows which run it was in when it ends.
struct FuzzSupervisor {
    let arguments: [String]
    let firstSeed: UInt64

    enum End {
        case exited(Int32)
        case crashed(signal: Int32, seed: UInt64)
        case hung(seed: UInt64)
    }

    /// A run takes milliseconds; reducing a difference begins many.
    static let hangSeconds = 60.0

    func run() throws -> End {
        let path = FileManager.default.temporaryDirectory.appending(path: "lazypages-fuzz-\(UUID().uuidString)").path
        guard FileManager.default.createFile(atPath: path, contents: nil) else {
            throw Failure(.service, "\(path) cannot be written")
        }
        defer { try? FileManager.default.removeItem(atPath: path) }
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments + ["--progress", path]
        try process.run()
        let hung = watch(process, path)
        process.waitUntilExit()
        if let hung { return .hung(seed: hung) }
        guard process.terminationReason == .uncaughtSignal else { return .exited(process.terminationStatus) }
        return .crashed(signal: process.terminationStatus, seed: FuzzProgress.seed(path: path) ?? firstSeed)
    }

    /// Ends the process if it stays in one run.
    /// - Returns: the seed of that run.
    private func watch(_ process: Process, _ path: String) -> UInt64? {
        var (seen, since) = (FuzzProgress.seed(path: path), Date())
        while process.isRunning {
            Thread.sleep(forTimeInterval: 0.05)
            let seed = FuzzProgress.seed(path: path)
            if seed != seen {
                (seen, since) = (seed, Date())
            } else if Date().timeIntervalSince(since) > Self.hangSeconds {
                kill(process.processIdentifier, SIGKILL)
                return seed ?? firstSeed
            }
        }
        return nil
    }
}
