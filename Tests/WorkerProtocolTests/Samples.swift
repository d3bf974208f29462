import Foundation
import Pages
import WorkerProtocol

func sampleRequest(
    args: [WasmNumber] = [.integer(5)], payload: Data = Data("PING".utf8), origin: JobOrigin? = nil
) -> JobRequest {
    JobRequest(
        id: UUIDv7.next().description, program: "counter", entry: "add", args: args, gasLimit: 1_000_000_000,
        commit: true, payload: payload, pages: .data, timeoutMs: 10_000,
        createdAt: Timestamp(milliseconds: 1_700_000_000_123), origin: origin)
}

/// A job with a value in every field.
func sampleJob() -> Job {
    var job = Job(sampleRequest())
    var charges = ChargeCounts()
    charges.hostFuncWriteAfterRead = 3
    job.state = .finished
    job.outcome = .trap
    job.status = .gasLimitExceeded
    job.gas = Gas(limit: 1000, left: 877, pages: charges, weightsVersion: 1)
    job.memory = MemoryShape(size: 17, stackEnd: 1)
    job.accessedPages = [3, 4, 9]
    job.faults = [
        JobFault(page: 9, kind: .writeAfterRead, by: .hostFunc, atUs: 0),
        JobFault(page: 3, kind: .read, by: .signal, atUs: 7),
    ]
    job.writeAccessedPages = [
        WrittenPage(page: 3, data: Data(repeating: 0xA5, count: PageSize.gear)), WrittenPage(page: 4),
        WrittenPage(page: 9, data: Data(0...99)),
    ]
    job.loadedPages = 2
    job.results = [.integer(6)]
    job.reply = Reply(payload: Data("PONG".utf8))
    job.messages = [
        Message(
            id: Bytes32(behindZeros: [UInt8](1...31)), destination: .zero, payload: Data([0, 255]), value: Amount(.max),
            gasLimit: 5, delay: 2)
    ]
    job.context = StatedContext().resolved(job: UUIDv7.next(), program: [1, 2, 3], createdAt: job.createdAt)
    job.origin = JobOrigin(
        requestId: "r-1", token: "ci", traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    job.logs = ["a \"line\"\n", "é"]
    job.committed = true
    job.programVersion = 2
    job.error = JobError(code: "trap", message: "m", trap: "unreachable", function: "add", codeOffset: 77)
    job.startedAt = Timestamp(milliseconds: 1_700_000_000_124)
    job.finishedAt = Timestamp(milliseconds: 1_700_000_000_999)
    job.timingsUs.queued = 40
    job.timingsUs.load = 210
    job.timingsUs.execute = 35
    job.timingsUs.commit = 900
    job.counters = JobCounters()
    job.counters?.handlerNs = 99
    job.counters?.pageQueryTimes.note(nanoseconds: 70_000)
    return job
}

/// A value's JSON in a form that can be compared.
func comparable(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}
