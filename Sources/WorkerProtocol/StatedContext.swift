/// The part of a job's context that its request states; what it leaves out has the defaults of ``JobContext``.
public struct StatedContext: Codable, Sendable, Equatable {
    public var messageId: Bytes32?
    public var programId: Bytes32?
    public var source: Bytes32?
    public var value: Amount?
    /// By default as much as the message brings.
    public var valueAvailable: Amount?
    public var blockHeight: UInt32?
    public var blockTimestamp: UInt64?
    public var random: Bytes32?
    public var replyTo: Bytes32?
    public var replyCode: UInt32?
    public var signalFrom: Bytes32?
    public var environment: EnvironmentVariables?

    public init() {}

    /// - Parameter program: the program's key.
    public func resolved(job: UUIDv7, program: [UInt8], createdAt: Timestamp) -> JobContext {
        var context = JobContext(job: job, program: program, createdAt: createdAt)
        context.messageId = messageId ?? context.messageId
        context.programId = programId ?? context.programId
        context.source = source ?? context.source
        context.value = value ?? context.value
        context.valueAvailable = valueAvailable ?? context.value
        context.blockHeight = blockHeight ?? context.blockHeight
        context.blockTimestamp = blockTimestamp ?? context.blockTimestamp
        context.random = random ?? context.random
        context.replyTo = replyTo
        context.replyCode = replyCode
        context.signalFrom = signalFrom
        context.environment = environment ?? context.environment
        return context
    }
}
