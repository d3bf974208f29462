import Metering
import Pages
import ProgramRuntime
import WorkerProtocol

/// Gear's program interface: the functions of module `env` that Gear programs import.
///
/// One for a runtime, used by its thread. Each execution of a program is put between ``begin(_:)`` and ``end()``.
public final class GearInterface {
    /// What to hand to the runtime. They work on what the latest ``begin(_:)`` began.
    public let hostFunctions: [HostFunction]
    private let current: CurrentExecution

    /// - Parameter weights: what the functions cost.
    public init(weights: Weights = .standard) {
        let current = CurrentExecution()
        self.current = current
        hostFunctions = GearFunctions.all.map { $0.hostFunction(current, weights.host) }
    }

    /// Everything is fresh, whatever came before: a job that is run again is begun again.
    public func begin(_ start: GearStart) { current.execution = GearExecution(start) }

    /// Ends the execution, whose functions can no longer be called.
    /// - Returns: what the program did through its interface, also where it came to no good end.
    public func end() -> GearReport {
        defer { current.execution = nil }
        return current.execution.map(GearReport.init) ?? GearReport()
    }
}

/// What a program finds.
public struct GearStart: Sendable {
    /// The message that the program handles.
    public var payload: [UInt8]
    public var context: JobContext
    /// Of the memory, as the last commit left them.
    public var holes: PageHoles
    /// The module's initial memory size in Wasm pages: they cannot be freed.
    public var staticPages: UInt32
    /// What the memory may grow to, in Wasm pages.
    public var maximum: UInt32

    public init(payload: [UInt8], context: JobContext, holes: PageHoles, staticPages: UInt32, maximum: UInt32) {
        self.payload = payload
        self.context = context
        self.holes = holes
        self.staticPages = staticPages
        self.maximum = maximum
    }
}

/// What a program did through its interface.
public struct GearReport: Equatable, Sendable {
    public var reply: Reply?
    /// In the order in which they were sent.
    public var messages: [Message] = []
    public var logs: [String] = []
    public var holes = PageHoles()

    public init() {}

    init(_ execution: GearExecution) {
        reply = execution.reply.sent
        messages = execution.outbox.sent
        logs = execution.log.lines
        holes = execution.allocations.holes
    }
}

/// Where the functions, which are made once, find the execution that they are called by.
final class CurrentExecution {
    var execution: GearExecution?
}
