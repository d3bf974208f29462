import Foundation

/// An open file descriptor that closes when it goes out of use.
struct FileDescriptor: ~Copyable, Sendable {
    let number: Int32

    /// - Parameters:
    ///   - number: what the system call returned; negative for a failure.
    ///   - call: its name.
    init(_ number: Int32, from call: String) throws(HTTPServerError) {
        guard number >= 0 else { throw .systemCall(call, errno: errno) }
        self.number = number
    }

    deinit { close(number) }
}

/// What the system says about an `errno`.
func describe(errno: Int32) -> String { String(cString: strerror(errno)) }
