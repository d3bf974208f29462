import ProgramRuntime
import WorkerProtocol

/// What a program's calls work on, from the start of an execution to its end.
final class GearExecution {
    let payload: [UInt8]
    let context: JobContext
    var allocations: Allocations
    var outbox: Outbox
    var reply: ReplyDraft
    var log = Log()
    /// What the program can still give away.
    var valueAvailable: UInt128

    init(_ start: GearStart) {
        payload = start.payload
        context = start.context
        allocations = Allocations(holes: start.holes, staticPages: start.staticPages, maximum: start.maximum)
        outbox = Outbox(messageId: start.context.messageId)
        reply = ReplyDraft(context: start.context)
        valueAvailable = start.context.valueAvailable.number
    }
}
