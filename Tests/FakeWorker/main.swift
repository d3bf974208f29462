// A worker process without an engine: it does what a job's entry says, in the ways in which real workers end.
import Foundation
import WorkerProtocol

/// What the command line asks for, beside serving.
enum StartBehaviour: String {
    case serve
    /// Ends before it is ready.
    case exitAtStart = "exit-at-start"
    /// Stands, and never says that it is ready.
    case neverReady = "never-ready"
    /// Stays when its connection has ended.
    case linger
    /// Takes a while until it looks at several jobs.
    case hesitate
}

func sleepForEver() -> Never {
    while true { pause() }
}

/// Whether the file was not there before.
func isFirst(_ path: String) -> Bool {
    let descriptor = open(path, O_CREAT | O_EXCL, 0o600)
    if descriptor >= 0 { close(descriptor) }
    return descriptor >= 0
}

/// Takes memory, and uses it.
func hold(mebibytes: Int) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: mebibytes << 20, alignment: 4096)
    for offset in stride(from: 0, to: memory.count, by: 4096) { memory[offset] = 1 }
}

/// Without the report that a Swift program makes of its own crash.
func die(of number: Int32) {
    signal(number, SIG_DFL)
    kill(getpid(), number)
}

/// Answers that wait for the end of the command, as those of jobs that are stored together do.
nonisolated(unsafe) var lastAnswers: [Frame] = []  // Only the main thread is there.

/// - Returns: the job's answer; nil if it comes later.
func answer(_ order: JobOrder, of count: Int, _ progress: borrowing JobProgress) throws -> Frame? {
    let request = try order.request.request()
    let number: Int64 = if case .integer(let value)? = request.args.first { value } else { 0 }
    var job = Job(request)
    job.state = .finished
    job.outcome = .success
    job.startedAt = .now()
    job.results = [.integer(Int64(getpid()))] + request.args
    job.timingsUs.queued = order.terms.queuedUs
    job.timingsUs.load = 10

    switch request.entry {
    case "never_started": sleepForEver()
    case "die_loading": die(of: SIGKILL)
    case "die_loading_once": if isFirst(request.program) { die(of: SIGKILL) }
    default: break
    }
    progress.enter(.running(timeoutFactor: 1))
    switch request.entry {
    case "sleep": usleep(UInt32(number) * 1000)
    case "sleep_unrecorded": usleep(UInt32(number) * 1000)
    case "hang": sleepForEver()
    case "signal": die(of: Int32(number))
    case "signal_once": if isFirst(request.program) { die(of: Int32(number)) }
    case "compute":
        // Milliseconds of processor time.
        let end = clock() + Int(number) * Int(CLOCKS_PER_SEC) / 1000
        while clock() < end {}
    case "hold":
        hold(mebibytes: Int(number))
        sleepForEver()
    case "hold_for_a_while":
        hold(mebibytes: Int(number))
        usleep(200_000)
    case "hold_and_answer": hold(mebibytes: Int(number))
    case "exit": exit(Int32(number))
    case "garbage": FileHandle(fileDescriptor: WorkerConnection.descriptor).write(Data("no frame at all".utf8))
    case "another_id": job.id = UUIDv7.next().description
    case "batch_size": job.results.insert(.integer(Int64(count)), at: 1)
    case "store_slowly":
        progress.enter(.storing)
        usleep(UInt32(number) * 1000)
    case "start_over":
        usleep(UInt32(number) * 1000)
        progress.enter(.storing)
        usleep(UInt32(number) * 1000)
        progress.enter(.running(timeoutFactor: 4))
        usleep(UInt32(number) * 3000)
    case "start_over_and_hang":
        progress.enter(.storing)
        usleep(UInt32(number) * 1000)
        progress.enter(.running(timeoutFactor: 2))
        sleepForEver()
    default: break
    }
    progress.enter(.storing)
    job.finishedAt = .now()
    let keeping: JobKeeping =
        switch request.entry {
        case "unrecorded_once" where isFirst(request.program): .unrecorded
        case "sleep_unrecorded": .unrecorded
        case "claim-lost": .claimLost
        default: .recorded
        }
    let frame = try WorkerAnswer.job(JobReport(job), keeping).frame()
    guard request.entry == "answer_last" else { return frame }
    lastAnswers.append(frame)
    return nil
}

func inspect(_ code: Data, on channel: inout FrameChannel) throws {
    switch String(decoding: code, as: UTF8.self) {
    case "crash": die(of: SIGKILL)
    case "hang": sleepForEver()
    case "large":
        hold(mebibytes: 256)
        sleepForEver()
    case "bad": try channel.send(WorkerAnswer.refused(ModuleRefusal(code: "invalid_module", message: "bad")).frame())
    default:
        let description = ModuleDescription(
            hash: "00", size: code.count, memorySize: 1, memoryMaximum: 2, stackEnd: nil, entries: [],
            metering: .service)
        let module = InspectedModule(description: description, code: Array(code), meteredForms: [])
        try channel.send(WorkerAnswer.module(module).frame())
    }
}

let behaviour = CommandLine.arguments.dropFirst().first.flatMap(StartBehaviour.init) ?? .serve
var channel = FrameChannel(Descriptor(owning: WorkerConnection.descriptor))
let progress = try JobProgress(Descriptor(owning: WorkerConnection.progressDescriptor))
guard let server = channel.peerProcess(), WorkerConnection.dieWithParent(expected: server) else { exit(1) }
switch behaviour {
case .exitAtStart: exit(7)
case .neverReady: sleepForEver()
case .serve, .linger, .hesitate: break
}
try channel.send(WorkerAnswer.ready.frame())
while let frame = try channel.receive() {
    switch try WorkerCommand(frame) {
    case .run(let orders):
        if behaviour == .hesitate, orders.count > 1 { usleep(60_000) }
        var isBegun = progress.beginNext()
        for (place, order) in orders.enumerated() where isBegun {
            let frame = try answer(order, of: orders.count, progress)
            isBegun = place + 1 < orders.count && progress.beginNext()
            if let frame { try channel.send(frame) }
        }
        try channel.send(lastAnswers)
        lastAnswers = []
    case .inspect(let code, _): try inspect(code, on: &channel)
    }
}
if behaviour == .linger { sleepForEver() }
