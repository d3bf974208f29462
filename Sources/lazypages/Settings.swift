import Foundation

/// Where an option's value comes from: the command line, else the environment, else its default.
enum Settings {
    /// - Parameters:
    ///   - option: what the command line says, if anything.
    ///   - name: of the option, as in `--jobs-per-worker`; the environment has it as LAZYPAGES_JOBS_PER_WORKER.
    ///   - range: what is allowed.
    static func integer<Value: FixedWidthInteger>(
        _ option: Value?, _ name: String, default standard: Value, in range: ClosedRange<Value>
    ) throws -> Value {
        var value = option ?? standard
        if option == nil, let text = environment(name) {
            guard let number = Value(text) else {
                throw Failure(.usage, "\(variable(name)) is \"\(text)\"; expected a whole number")
            }
            value = number
        }
        guard range.contains(value) else {
            throw Failure(
                .usage, "--\(name) is \(value); expected \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    static func text(_ option: String?, _ name: String, default standard: String) -> String {
        option ?? environment(name) ?? standard
    }

    static func variable(_ name: String) -> String {
        "LAZYPAGES_" + name.uppercased().replacing("-", with: "_")
    }

    private static func environment(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[variable(name)].flatMap { $0.isEmpty ? nil : $0 }
    }
}
