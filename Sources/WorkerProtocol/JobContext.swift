import Foundation

/// What a job's program is told about where it runs and why. All of it is in the job, so that the job can be run again
/// with the same outcome.
public struct JobContext: Codable, Sendable, Equatable {
    /// Of the message that the program handles.
    public var messageId: Bytes32
    public var programId: Bytes32
    /// Who sent the message.
    public var source: Bytes32
    /// What the message brings.
    public var value: Amount
    /// What the program has, with what the message brings.
    public var valueAvailable: Amount
    public var blockHeight: UInt32
    /// In milliseconds since 1970.
    public var blockTimestamp: UInt64
    /// What random numbers are made of.
    public var random: Bytes32
    /// The message that this one answers; null if it answers none, and then nothing can be asked of it.
    @ExplicitNull public var replyTo: Bytes32?
    /// Gear's code of the reply that the program handles; null if it handles none.
    @ExplicitNull public var replyCode: UInt32?
    /// The message that failed and that the program is told of; null if there is none.
    @ExplicitNull public var signalFrom: Bytes32?
    public var environment: EnvironmentVariables

    public init(
        messageId: Bytes32, programId: Bytes32, source: Bytes32, value: Amount, valueAvailable: Amount,
        blockHeight: UInt32, blockTimestamp: UInt64, random: Bytes32, replyTo: Bytes32?, replyCode: UInt32?,
        signalFrom: Bytes32?, environment: EnvironmentVariables
    ) {
        self.messageId = messageId
        self.programId = programId
        self.source = source
        self.value = value
        self.valueAvailable = valueAvailable
        self.blockHeight = blockHeight
        self.blockTimestamp = blockTimestamp
        self.random = random
        self.environment = environment
        self.replyTo = replyTo
        self.replyCode = replyCode
        self.signalFrom = signalFrom
    }
}

/// Constants of the network that a Gear program may ask for.
public struct EnvironmentVariables: Codable, Sendable, Equatable {
    /// In percent.
    public var performanceMultiplier: UInt32
    /// The least value that a message may carry, but for none.
    public var existentialDeposit: Amount
    /// The least gas limit of a message to a user.
    public var mailboxThreshold: UInt64
    /// What a unit of gas costs in value.
    public var gasMultiplier: Amount

    /// Values are taken as they are: nothing here is a network's.
    public static let standard = EnvironmentVariables(
        performanceMultiplier: 100, existentialDeposit: 0, mailboxThreshold: 0, gasMultiplier: 1)

    public init(
        performanceMultiplier: UInt32, existentialDeposit: Amount, mailboxThreshold: UInt64, gasMultiplier: Amount
    ) {
        self.performanceMultiplier = performanceMultiplier
        self.existentialDeposit = existentialDeposit
        self.mailboxThreshold = mailboxThreshold
        self.gasMultiplier = gasMultiplier
    }
}

extension JobContext {
    /// What a job has that states nothing: ids of its own, the time when it was accepted, and no value.
    ///
    /// - Parameters:
    ///   - job: becomes the message's id, behind zeros, and what random numbers are made of.
    ///   - program: its key becomes the program's id, behind zeros.
    public init(job: UUIDv7, program: [UInt8], createdAt: Timestamp) {
        let message = Bytes32(behindZeros: job.bytes)
        let milliseconds = UInt64(clamping: createdAt.milliseconds)
        self.init(
            messageId: message, programId: Bytes32(behindZeros: program), source: .zero, value: 0, valueAvailable: 0,
            blockHeight: UInt32(clamping: milliseconds / Self.blockMilliseconds), blockTimestamp: milliseconds,
            random: message, replyTo: nil, replyCode: nil, signalFrom: nil, environment: .standard)
    }

    /// Block heights that nobody stated count blocks of 3 s since 1970.
    public static let blockMilliseconds: UInt64 = 3000
}
