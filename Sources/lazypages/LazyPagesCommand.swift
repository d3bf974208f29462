import ArgumentParser
import Foundation

/// The command line.
@main
struct LazyPagesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lazypages",
        abstract: "Runs WebAssembly programs whose memory persists, page by page, in a database.",
        discussion: """
            Start with `lazypages serve`: it needs no configuration, keeps everything in the file lazypages.db, and \
            says where to go on. Every option of `serve` can also be set in the environment, as LAZYPAGES_ and the \
            option's name: LAZYPAGES_STORAGE, LAZYPAGES_PORT. Put connection strings with a password there, not on \
            the command line.

            Exit status: 0 success, 1 the program ended otherwise (run), 2 wrong usage, 3 the service's fault.
            """,
        version: serviceVersion,
        subcommands: [
            ServeCommand.self, RunCommand.self, TokenCommand.self, BenchCommand.self, FuzzCommand.self,
            WorkerCommand.self,
        ])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let failure as Failure {
            fail(failure)
        } catch {
            let code = exitCode(for: error)
            if code == .validationFailure { fail(Failure(.usage, fullMessage(for: error))) }
            exit(withError: error)
        }
    }

    private static func fail(_ failure: Failure) -> Never {
        FileHandle.standardError.write(Data("lazypages: \(failure.message)\n".utf8))
        Foundation.exit(failure.status.rawValue)
    }
}

/// Why the command ends without having done its work: one line that says what to do.
struct Failure: Error {
    enum Status: Int32 {
        case programEndedOtherwise = 1
        case usage = 2
        case service = 3
    }

    let status: Status
    let message: String

    init(_ status: Status, _ message: String) {
        self.status = status
        self.message = message.hasPrefix("Error: ") ? String(message.dropFirst(7)) : message
    }
}

/// The version of this service, as `--version`, `/v1/info` and the metrics tell it.
let serviceVersion = "0.1.0"
