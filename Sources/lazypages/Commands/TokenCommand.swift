import API
import ArgumentParser
import Foundation

/// Makes tokens for callers of the service.
struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Makes tokens for callers of the service.", subcommands: [New.self])

    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "new",
            abstract: "Makes a token, and the entry for the file that serve reads with --tokens-file.",
            discussion: """
                The entry goes to standard output, the token to standard error: it is shown once and kept nowhere. The \
                file is {"tokens": [ENTRY, …]}.
                """)

        @Option(help: "What logs call the token's bearer.")
        var name: String

        @Option(help: "read, run, upload or admin; may be given several times.")
        var role: [Role]

        @Option(help: "Only this program, or with * at its end all whose ids begin so; may be given several times.")
        var program: [String] = []

        @Option(help: "How many days the token is good for. (default: for ever)")
        var days: Int?

        @Option(help: "Requests a second, on average. (default: no limit)")
        var requestsPerSecond: Double?

        @Option(help: "Jobs a day, by UTC. (default: no limit)")
        var jobsPerDay: UInt64?

        @Option(help: "Gas a day, by UTC. (default: no limit)")
        var gasPerDay: UInt64?

        func run() throws {
            let limits = TokenTemplate.Limits(
                requestsPerSecond: requestsPerSecond, jobsPerDay: jobsPerDay, gasPerDay: gasPerDay)
            let template = TokenTemplate(name: name, roles: role, programs: program, days: days, limits: limits)
            do throws(TokenBookError) {
                let (token, entry) = try template.make()
                FileHandle.standardError.write(Data("The token, shown only here: \(token)\n".utf8))
                print(entry)
            } catch {
                throw Failure(.usage, error.reason)
            }
        }
    }
}

extension Role: ExpressibleByArgument {}
