import Foundation
import Testing
import WorkerProtocol

@Suite("A job's JSON is the one that the API promises")
struct JobDocumentTests {
    private let fields = [
        "id", "program", "entry", "state", "outcome", "status", "gas", "memory", "accessed_pages",
        "faults", "write_accessed_pages", "loaded_pages", "results", "reply", "messages", "logs", "committed",
        "program_version", "error", "context", "origin", "created_at", "started_at", "finished_at", "timings_us",
        "counters",
    ]

    private func object(_ job: Job) throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: Data(job.document())) as? [String: Any])
    }

    @Test("a job that has not run has every field, and null for what is not known")
    func queuedJob() throws {
        let object = try object(Job(sampleRequest()))
        #expect(Set(object.keys) == Set(fields))
        let nulls = object.filter { $0.value is NSNull }.keys
        #expect(
            Set(nulls) == [
                "outcome", "memory", "reply", "program_version", "error", "context", "origin", "started_at",
                "finished_at", "counters",
            ])
        let timings = try #require(object["timings_us"] as? [String: Any])
        #expect(Set(timings.keys) == ["queued", "load", "execute", "commit"])
        #expect(timings.values.allSatisfy { $0 is NSNull })
        #expect(object["state"] as? String == "queued")
    }

    @Test("a job that has run has the same fields, with their inner names")
    func finishedJob() throws {
        let object = try object(sampleJob())
        #expect(Set(object.keys) == Set(fields))
        #expect(object.values.allSatisfy { !($0 is NSNull) })
        let gas = try #require(object["gas"] as? [String: Any])
        #expect(Set(gas.keys) == ["limit", "burned", "left", "pages", "weights_version"])
        #expect(gas["burned"] as? Int == 123)
        let charges = try #require(gas["pages"] as? [String: Int])
        #expect(
            charges == [
                "signal_read": 0, "signal_write": 0, "signal_write_after_read": 0, "host_func_read": 0,
                "host_func_write": 0, "host_func_write_after_read": 3, "load_page_data": 0,
            ])
        #expect(object["memory"] as? [String: Int] == ["size": 17, "stack_end": 1])
        #expect(
            object["faults"] as? [NSDictionary] == [
                ["page": 9, "kind": "write_after_read", "by": "host_func", "at_us": 0],
                ["page": 3, "kind": "read", "by": "signal", "at_us": 7],
            ])
        #expect(object["status"] as? String == "gas_limit_exceeded")
        #expect(object["created_at"] as? String == "2023-11-14T22:13:20.123Z")
        let error = try #require(object["error"] as? [String: Any])
        #expect(Set(error.keys) == ["code", "message", "trap", "function", "code_offset"])
        #expect((object["timings_us"] as? [String: Int])?["commit"] == 900)
        #expect(
            object["counters"] as? [String: Int] == [
                "read_faults": 0, "write_faults": 0, "write_after_read_faults": 0, "pages_loaded": 0,
                "bytes_loaded": 0, "pages_written": 0, "handler_ns": 99, "page_queries": 0, "page_query_ns": 0,
                "pages_prefetched": 0, "pages_wasted": 0, "conflicts": 0,
            ])
    }

    @Test("stored pages are numbers; the answer to a POST has their data in base64")
    func pageData() throws {
        let stored = try #require(try object(sampleJob())["write_accessed_pages"] as? [[String: Int]])
        #expect(stored == [["page": 3], ["page": 4], ["page": 9]])
        let job = sampleJob()
        let report = JobReport(job)
        let answer = try JSONCoding.decode(Job.self, from: Data(report.answer(withPageData: true)))
        #expect(try comparable(answer) == comparable(job))
        #expect(report.answer(withPageData: false) == job.document())
    }

    @Test("the time that the commit took is in the answer, and never in what the commit stores")
    func commitTime() throws {
        var job = sampleJob()
        job.timingsUs.commit = nil
        let report = JobReport(job, document: JobDocument(job), commitUs: 1234)
        #expect(report.document.bytes == job.document())
        job.timingsUs.commit = 1234
        for withPageData in [true, false] {
            let answer = try Job(document: report.answer(withPageData: withPageData))
            #expect(try comparable(answer) == comparable(withPageData ? job : job.withoutPageData))
        }
        #expect(report.summary.timingsUs.commit == 1234)
        #expect(try comparable(report.job()) == comparable(job))
    }

    @Test("the document is what a general encoder writes", arguments: [true, false])
    func generalEncoder(hasRun: Bool) throws {
        let job = hasRun ? sampleJob().withoutPageData : Job(sampleRequest())
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let expected = try JSONSerialization.jsonObject(with: encoder.encode(job)) as? NSDictionary
        let written = try JSONSerialization.jsonObject(with: Data(job.document())) as? NSDictionary
        #expect(expected != nil && expected == written)
    }

    @Test("text and numbers of every kind are written as JSON has them")
    func hostileText() throws {
        var job = sampleJob().withoutPageData
        let controls = String(decoding: (0..<0x20).map { UInt8($0) } + [0x7F], as: UTF8.self)
        job.logs = [controls, "\"\\/", "\u{2028}😀é", "</script>"]
        job.program = "p\"q"
        job.results = [
            .float(0.1), .float(-0.0), .float(1e300), .float(.leastNonzeroMagnitude), .float(.infinity),
            .float(-.infinity), .float(6),
            .integer(.min), .integer(1 << 53), .unsigned(.max), .integer(-5),
        ]
        job.messages[0].value = Amount(UInt128.max)
        let read = try Job(document: job.document())
        #expect(read.logs == job.logs && read.program == job.program && read.messages == job.messages)
        #expect(read.results.count == job.results.count)
        #expect(read.results[0] == .float(0.1) && read.results[4] == .float(.infinity))
        #expect(read.results[7...] == job.results[7...])
        job.results = [.float(.nan)]
        #expect(String(decoding: job.document(), as: UTF8.self).contains(#""results":["NaN"]"#))
    }

    @Test("a stored job reads back as it was")
    func roundTrip() throws {
        let job = sampleJob()
        #expect(try comparable(Job(document: job.document())) == comparable(job.withoutPageData))
        let queued = Job(sampleRequest())
        #expect(try comparable(Job(document: queued.document())) == comparable(queued))
    }

    @Test("a field that a stored job does not have yet reads as null")
    func olderDocument() throws {
        let text = String(decoding: Job(sampleRequest()).document(), as: UTF8.self)
        for field in ["\"program_version\":null", "\"faults\":[]"] {
            let older = text.replacing("\(field),", with: "").replacing(",\(field)", with: "")
            try #require(older != text)
            let job = try Job(document: Array(older.utf8))
            #expect(job.programVersion == nil && job.faults?.isEmpty == (field.contains("faults") ? nil : true))
        }
    }

    @Test("a counter that a stored job does not have yet reads as 0, and the others as they are")
    func olderCounters() throws {
        let text = String(decoding: sampleJob().document(), as: UTF8.self)
        let field = "\"page_queries\":0"
        let older = text.replacing("\(field),", with: "").replacing(",\(field)", with: "")
        try #require(older != text)
        let counters = try #require(try Job(document: Array(older.utf8)).counters)
        var expected = try #require(sampleJob().counters)
        expected.pageQueryTimes = PageQueryTimes()
        #expect(counters == expected)
    }

    @Test("what is no job is refused")
    func malformed() {
        #expect(throws: MessageError.self) { try Job(document: Array("{}".utf8)) }
    }

    @Test("a failed job says why, and a timed-out one is finished with the limit in its message")
    func ends() throws {
        let request = sampleRequest()
        let failed = Job.failed(request, code: "worker_crashed", message: "m")
        #expect(failed.state == .failed)
        #expect(failed.outcome == nil)
        #expect(failed.error == JobError(code: "worker_crashed", message: "m"))
        #expect(failed.finishedAt != nil && failed.startedAt == nil)
        let timedOut = Job.timedOut(request, startedAt: request.createdAt)
        #expect(timedOut.state == .finished)
        #expect(timedOut.outcome == .timeout)
        #expect(timedOut.gas.burned == request.gasLimit && timedOut.gas.left == 0, "nobody knows how much it burned")
        #expect(failed.gas.burned == 0 && failed.gas.left == request.gasLimit)
        #expect(timedOut.error?.code == "timeout")
        #expect(try #require(timedOut.error).message.contains("10000 ms"))
    }
}
