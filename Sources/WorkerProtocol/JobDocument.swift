import Foundation
import Pages

/// A job as JSON: what the storage keeps and clients read, written once.
public struct JobDocument: Sendable, Equatable {
    /// Without page data.
    public let bytes: [UInt8]
    /// Where in it the list of write-accessed pages stands.
    let pages: Range<Int>
    /// Where in it the time stands that the commit took: null until the commit is done.
    let commitTime: Range<Int>

    init(bytes: [UInt8], pages: Range<Int>, commitTime: Range<Int>) {
        self.bytes = bytes
        self.pages = pages
        self.commitTime = commitTime
    }

    public init(_ job: Job) {
        var json = JSONWriter(capacity: 2048)
        var pages = 0..<0
        var commitTime = 0..<0
        json.object { json in
            json.write(identityOf: job)
            json.key("write_accessed_pages")
            let start = json.bytes.count
            json.array(job.writeAccessedPages) { json, page in json.object { $0.field("page", page.page.rawValue) } }
            pages = start..<json.bytes.count
            json.write(productsOf: job)
            json.object("timings_us") { json in
                json.optional("queued", job.timingsUs.queued)
                json.optional("load", job.timingsUs.load)
                json.optional("execute", job.timingsUs.execute)
                json.key("commit")
                let start = json.bytes.count
                if let commit = job.timingsUs.commit { json.value(commit) } else { json.null() }
                commitTime = start..<json.bytes.count
            }
            json.optional("counters", job.counters) { $0.write($1) }
        }
        self.init(bytes: json.bytes, pages: pages, commitTime: commitTime)
    }

    /// The document as the `POST` answers it that ran the job.
    /// - Parameters:
    ///   - commitUs: how long the commit took, in microseconds; nil if there was none.
    ///   - pageData: bytes of the write-accessed pages, as far as they were asked for.
    public func answer(commitUs: UInt64?, pageData: [WrittenPage]) -> [UInt8] {
        var replacements: [(Range<Int>, [UInt8])] = []
        if pageData.contains(where: { $0.data != nil }) {
            var json = JSONWriter(capacity: pageData.count * 22_000)
            json.array(pageData) { json, page in
                json.object { json in
                    json.field("page", page.page.rawValue)
                    if let data = page.data { json.field("data", data) }
                }
            }
            replacements.append((pages, json.bytes))
        }
        if let commitUs { replacements.append((commitTime, Array(String(commitUs).utf8))) }
        var answer: [UInt8] = []
        answer.reserveCapacity(bytes.count + replacements.reduce(0) { $0 + $1.1.count })
        var copied = 0
        for (range, replacement) in replacements {
            answer.append(contentsOf: bytes[copied..<range.lowerBound])
            answer.append(contentsOf: replacement)
            copied = range.upperBound
        }
        answer.append(contentsOf: bytes[copied...])
        return answer
    }
}

extension JSONWriter {
    fileprivate mutating func write(identityOf job: Job) {
        field("id", job.id)
        field("program", job.program)
        field("entry", job.entry)
        field("state", job.state.rawValue)
        optional("outcome", job.outcome?.rawValue)
        field("status", job.status.rawValue)
        object("gas") { json in
            json.field("limit", job.gas.limit)
            json.field("burned", job.gas.burned)
            json.field("left", job.gas.left)
            json.object("pages") { json in
                json.field("signal_read", job.gas.pages.signalRead)
                json.field("signal_write", job.gas.pages.signalWrite)
                json.field("signal_write_after_read", job.gas.pages.signalWriteAfterRead)
                json.field("host_func_read", job.gas.pages.hostFuncRead)
                json.field("host_func_write", job.gas.pages.hostFuncWrite)
                json.field("host_func_write_after_read", job.gas.pages.hostFuncWriteAfterRead)
                json.field("load_page_data", job.gas.pages.loadPageData)
            }
            json.optional("weights_version", job.gas.weightsVersion)
        }
        optional("memory", job.memory) { json, memory in
            json.object { json in
                json.field("size", memory.size)
                json.field("stack_end", memory.stackEnd)
            }
        }
        array("accessed_pages", job.accessedPages) { $0.value($1.rawValue) }
        array("faults", job.faults ?? []) { json, fault in
            json.object { json in
                json.field("page", fault.page.rawValue)
                json.field("kind", fault.kind.rawValue)
                json.field("by", fault.by.rawValue)
                json.field("at_us", fault.atUs)
            }
        }
    }

    fileprivate mutating func write(productsOf job: Job) {
        field("loaded_pages", job.loadedPages)
        array("results", job.results) { $0.write($1) }
        optional("reply", job.reply) { json, reply in
            json.object { json in
                json.field("payload", reply.payload)
                json.field("value", String(reply.value.number))
                json.optional("gas_limit", reply.gasLimit)
            }
        }
        array("messages", job.messages) { $0.write($1) }
        array("logs", job.logs) { $0.value($1) }
        field("committed", job.committed)
        optional("program_version", job.programVersion)
        optional("error", job.error) { $0.write($1) }
        optional("context", job.context) { $0.write($1) }
        optional("origin", job.origin) { json, origin in
            json.object { json in
                json.field("request_id", origin.requestId)
                json.optional("token", origin.token)
                json.field("traceparent", origin.traceparent)
            }
        }
        field("created_at", job.createdAt.rfc3339)
        optional("started_at", job.startedAt?.rfc3339)
        optional("finished_at", job.finishedAt?.rfc3339)
    }

    private mutating func write(_ number: WasmNumber) {
        switch number {
        case .integer(let integer) where (-WasmNumber.largestExact...WasmNumber.largestExact).contains(integer):
            value(integer)
        case .integer(let integer): value(String(integer))
        case .unsigned(let integer): value(String(integer))
        case .float(let float) where float.isNaN: value("NaN")
        case .float(let float) where float.isInfinite: value(float < 0 ? "-Infinity" : "Infinity")
        case .float(let float): value(float)
        }
    }

    private mutating func write(_ message: Message) {
        object { json in
            json.field("id", message.id.description)
            json.field("destination", message.destination.description)
            json.field("payload", message.payload)
            json.field("value", String(message.value.number))
            json.optional("gas_limit", message.gasLimit)
            json.field("delay", message.delay)
        }
    }

    /// What a trap alone has is left out where there is none.
    private mutating func write(_ error: JobError) {
        object { json in
            json.field("code", error.code)
            json.field("message", error.message)
            if let trap = error.trap { json.field("trap", trap) }
            if let function = error.function { json.field("function", function) }
            if let offset = error.codeOffset { json.field("code_offset", offset) }
        }
    }

    private mutating func write(_ context: JobContext) {
        object { json in
            json.field("message_id", context.messageId.description)
            json.field("program_id", context.programId.description)
            json.field("source", context.source.description)
            json.field("value", String(context.value.number))
            json.field("value_available", String(context.valueAvailable.number))
            json.field("block_height", context.blockHeight)
            json.field("block_timestamp", context.blockTimestamp)
            json.field("random", context.random.description)
            json.optional("reply_to", context.replyTo?.description)
            json.optional("reply_code", context.replyCode)
            json.optional("signal_from", context.signalFrom?.description)
            json.object("environment") { json in
                json.field("performance_multiplier", context.environment.performanceMultiplier)
                json.field("existential_deposit", String(context.environment.existentialDeposit.number))
                json.field("mailbox_threshold", context.environment.mailboxThreshold)
                json.field("gas_multiplier", String(context.environment.gasMultiplier.number))
            }
        }
    }

    fileprivate mutating func write(_ counters: JobCounters) {
        object { json in
            json.field("read_faults", counters.readFaults)
            json.field("write_faults", counters.writeFaults)
            json.field("write_after_read_faults", counters.writeAfterReadFaults)
            json.field("pages_loaded", counters.pagesLoaded)
            json.field("bytes_loaded", counters.bytesLoaded)
            json.field("pages_written", counters.pagesWritten)
            json.field("handler_ns", counters.handlerNs)
            json.field("page_queries", counters.pageQueries)
            json.field("page_query_ns", counters.pageQueryNs)
            json.field("pages_prefetched", counters.pagesPrefetched)
            json.field("pages_wasted", counters.pagesWasted)
            json.field("conflicts", counters.conflicts)
        }
    }
}
