import Foundation

/// An open file descriptor that nothing else closes.
public struct Descriptor: ~Copyable, Sendable {
    public let number: Int32

    /// Takes the descriptor over.
    public init(owning number: Int32) { self.number = number }

    deinit { close(number) }
}
