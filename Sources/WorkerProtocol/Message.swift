import Foundation

/// A program's answer.
public struct Reply: Codable, Sendable, Equatable {
    public var payload: Data
    public var value: Amount
    /// What the program gave for handling it; null if it did not say.
    @ExplicitNull public var gasLimit: UInt64?

    public init(payload: Data, value: Amount = 0, gasLimit: UInt64? = nil) {
        self.payload = payload
        self.value = value
        self.gasLimit = gasLimit
    }
}

/// A message that a program sent. Nobody delivers it but the client that posted the job.
public struct Message: Codable, Sendable, Equatable {
    public var id: Bytes32
    public var destination: Bytes32
    public var payload: Data
    public var value: Amount
    /// What the program gave for handling it; null if it did not say.
    @ExplicitNull public var gasLimit: UInt64?
    /// In blocks.
    public var delay: UInt32

    public init(
        id: Bytes32, destination: Bytes32, payload: Data, value: Amount, gasLimit: UInt64?, delay: UInt32
    ) {
        self.id = id
        self.destination = destination
        self.payload = payload
        self.value = value
        self.delay = delay
        self.gasLimit = gasLimit
    }
}
