import CProcess

/// How a process ended, as `wait` reports it.
enum ExitStatus: Equatable, Sendable {
    case exited(Int32)
    case signalled(Int32)

    /// Takes the status word of waitpid(2): the signal is in the low seven bits, the exit status in the next byte.
    init(word: Int32) {
        let signal = word & 0x7F
        self = signal == 0 ? .exited(word >> 8 & 0xFF) : .signalled(signal)
    }
}

extension ExitStatus: CustomStringConvertible {
    /// Completes a sentence: "the worker …".
    var description: String {
        switch self {
        case .exited(let status): "exited with status \(status)"
        case .signalled(let number): "was killed by \(Self.name(number)) (signal \(number))"
        }
    }

    private static func name(_ signal: Int32) -> String {
        cprocess_signal_name(signal).map { "SIG" + String(cString: $0) } ?? "a signal"
    }
}
