import GearInterface
import PageStorage
import Pages
import ProgramRuntime
import WorkerProtocol

// What a program is told through its interface, and what it said there.

extension StatedContext {
    /// The job's id is a UUIDv7, as the server made it.
    func resolved(for request: JobRequest, program: ProgramKey) -> JobContext {
        resolved(job: UUIDv7(request.id) ?? .next(), program: program.bytes, createdAt: request.createdAt)
    }
}

extension GearStart {
    init(
        _ request: JobRequest, _ context: JobContext, _ start: ExecutionStart, _ module: CompiledModule
    ) throws(JobFailure) {
        guard let holes = PageHoles(encoded: start.holes) else {
            throw .execution(.engineInvariant("the stored holes of the memory are none"))
        }
        self.init(
            payload: [UInt8](request.payload), context: context, holes: holes,
            staticPages: module.initialMemorySize, maximum: start.memoryMaximum)
    }
}

extension Job {
    /// Messages of a program that came to no good end are not sent; its log remains.
    mutating func take(_ calls: GearReport) {
        logs = calls.logs
        guard outcome?.commits == true else { return }
        reply = calls.reply
        messages = calls.messages
    }
}
