import Foundation
import Pages

/// A job's report between worker and server: the document as it is, and the rest packed.
extension JobReport {
    func frame(_ keeping: JobKeeping) -> Frame {
        var head = PackedWriter()
        head.write(keeping.rawValue)
        head.write(summary)
        for range in [document.pages, document.commitTime] {
            head.write(range.lowerBound)
            head.write(range.upperBound)
        }
        head.write(optional: commitUs) { $0.write($1) }
        head.write(pages.count)
        for page in pages {
            head.write(UInt64(page.page.rawValue))
            head.write(optional: page.data) { $0.write($1) }
        }
        return Frame(kind: .job, json: Data(document.bytes), attachment: Data(head.bytes))
    }

    static func read(_ frame: Frame) throws(MessageError) -> (JobReport, JobKeeping) {
        var head = PackedReader([UInt8](frame.attachment))
        let keeping = try head.name(JobKeeping.self)
        var summary = try head.summary()
        let bytes = [UInt8](frame.json)
        let document = JobDocument(
            bytes: bytes, pages: try head.range(in: bytes), commitTime: try head.range(in: bytes))
        let commitUs = try head.optional { reader throws(MessageError) in try reader.number() }
        let count = try head.int()
        guard (0...65_536 * 4).contains(count) else { throw .malformed("\(count) pages") }
        var pages: [WrittenPage] = []
        for _ in 0..<count {
            guard let number = UInt32(exactly: try head.number()) else { throw .malformed("no page number") }
            let data = try head.optional { reader throws(MessageError) in Data(try reader.data()) }
            pages.append(WrittenPage(page: PageNumber(number), data: data))
        }
        try head.finish()
        summary.writeAccessedPages = pages.map(\.page)
        return (JobReport(summary: summary, document: document, commitUs: commitUs, pages: pages), keeping)
    }
}

extension PackedWriter {
    private mutating func write(_ pages: [PageNumber]) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(pages.count * 4)
        for page in pages { withUnsafeBytes(of: page.rawValue.littleEndian) { bytes.append(contentsOf: $0) } }
        write(bytes)
    }

    fileprivate mutating func write(_ summary: JobSummary) {
        write(summary.id)
        write(summary.program)
        write(summary.state.rawValue)
        write(optional: summary.outcome) { $0.write($1.rawValue) }
        write(optional: summary.errorCode) { $0.write($1) }
        write(Int(summary.createdAt.milliseconds))
        write(optional: summary.finishedAt) { $0.write(Int($1.milliseconds)) }
        write(summary.gas.limit)
        write(summary.gas.left)
        for kind in CostKind.allCases { write(summary.gas.pages[kind]) }
        write(optional: summary.gas.weightsVersion) { $0.write($1) }
        write(optional: summary.programVersion) { $0.write(Int($1)) }
        let timings = summary.timingsUs
        for step in [timings.queued, timings.load, timings.execute, timings.commit] {
            write(optional: step) { $0.write($1) }
        }
        write(optional: summary.counters) { packed, counters in
            for field in JobCounters.fields { packed.write(counters[keyPath: field]) }
            packed.write(counters.pageQueryTimes.counts.count)
            for count in counters.pageQueryTimes.counts { packed.write(count) }
        }
        write(summary.accessedPages)
        write(optional: summary.origin) { $0.write($1) }
    }
}

extension PackedReader {
    fileprivate mutating func summary() throws(MessageError) -> JobSummary {
        let (id, program) = (try text(), try text())
        let state = try name(JobState.self)
        let outcome = try optional { reader throws(MessageError) in try reader.name(JobOutcome.self) }
        let errorCode = try optional { reader throws(MessageError) in try reader.text() }
        let createdAt = Timestamp(milliseconds: Int64(try int()))
        let finishedAt = try optional { reader throws(MessageError) in
            Timestamp(milliseconds: Int64(try reader.int()))
        }
        let gas = try gas()
        let version = try optional { reader throws(MessageError) in Int64(try reader.int()) }
        var timings = JobTimings()
        for step in [\JobTimings.queued, \.load, \.execute, \.commit] {
            timings[keyPath: step] = try optional { reader throws(MessageError) in try reader.number() }
        }
        let counters = try optional { reader throws(MessageError) in
            var counters = JobCounters()
            for field in JobCounters.fields { counters[keyPath: field] = try reader.number() }
            counters.pageQueryTimes = try reader.pageQueryTimes()
            return counters
        }
        let accessedPages = try pageNumbers()
        let origin = try optional { reader throws(MessageError) in try reader.origin() }
        return JobSummary(
            id: id, program: program, state: state, outcome: outcome, errorCode: errorCode, createdAt: createdAt,
            finishedAt: finishedAt,
            gas: gas, programVersion: version, timingsUs: timings, counters: counters, accessedPages: accessedPages,
            writeAccessedPages: [], origin: origin)
    }

    private mutating func pageQueryTimes() throws(MessageError) -> PageQueryTimes {
        let count = try int()
        guard (0...PageQueryTimes.bounds.count + 1).contains(count) else { throw .malformed("\(count) bounds") }
        var counts: [UInt64] = []
        for _ in 0..<count { counts.append(try number()) }
        guard let times = PageQueryTimes(counts: counts) else { throw .malformed("\(count) bounds") }
        return times
    }

    private mutating func pageNumbers() throws(MessageError) -> [PageNumber] {
        let bytes = try data()
        guard bytes.count.isMultiple(of: 4) else { throw .malformed("no page numbers") }
        return bytes.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: 4).map {
                PageNumber(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self)))
            }
        }
    }

    private mutating func gas() throws(MessageError) -> Gas {
        let (limit, left) = (try number(), try number())
        guard left <= limit else { throw .malformed("more gas is left than there was") }
        var charges = ChargeCounts()
        for kind in CostKind.allCases { charges[kind] = try number() }
        let version = try optional { reader throws(MessageError) in try reader.int() }
        return Gas(limit: limit, left: left, pages: charges, weightsVersion: version)
    }

    fileprivate mutating func range(in bytes: [UInt8]) throws(MessageError) -> Range<Int> {
        let (lower, upper) = (try int(), try int())
        guard lower >= 0, lower <= upper, upper <= bytes.count else { throw .malformed("a place outside the document") }
        return lower..<upper
    }
}

extension JobCounters {
    fileprivate static var fields: [WritableKeyPath<JobCounters, UInt64>] {
        [
            \.readFaults, \.writeFaults, \.writeAfterReadFaults, \.pagesLoaded, \.bytesLoaded, \.pagesWritten,
            \.handlerNs, \.pageQueries, \.pageQueryNs, \.pagesPrefetched, \.pagesWasted, \.conflicts,
        ]
    }
}
