import Foundation
import Pages
import Testing
import WorkerProtocol

@Suite("Messages survive the way through frames")
struct MessageCodingTests {
    private func sent(_ command: WorkerCommand) throws -> WorkerCommand { try WorkerCommand(command.frame()) }
    private func sent(_ answer: WorkerAnswer) throws -> WorkerAnswer { try WorkerAnswer(answer.frame()) }

    @Test("the requests of jobs, with their payloads outside of the JSON")
    func run() throws {
        let request = sampleRequest(payload: Data((0..<100_000).map { UInt8(truncatingIfNeeded: $0) }))
        let terms = RunTerms(queuedUs: 12, claim: Data(1...16), clockAheadMs: -5, knownVersion: 7)
        let small = sampleRequest(payload: Data([1]))
        let other = RunTerms(queuedUs: 0, claim: nil)
        let frame = try WorkerCommand.run([
            JobOrder(StoredRequest(request), terms), JobOrder(StoredRequest(small), other),
        ]).frame()
        #expect(frame.attachment.count < request.payload.count + 2000)
        guard case .run(let received) = try WorkerCommand(frame) else {
            Issue.record("not a run command")
            return
        }
        #expect(received.map(\.terms) == [terms, other])
        #expect(
            try received.map { try comparable($0.request.request()) } == [comparable(request), comparable(small)])
    }

    @Test("requests that do not fit their list are refused", arguments: [-1, 1])
    func wrongRequests(change: Int) throws {
        var frame = try WorkerCommand.run([
            JobOrder(StoredRequest(sampleRequest()), RunTerms(queuedUs: 0, claim: nil))
        ]).frame()
        if change < 0 { frame.attachment.removeLast() } else { frame.attachment.append(0) }
        #expect(throws: MessageError.self) { try WorkerCommand(frame) }
        #expect(throws: MessageError.self) { try WorkerCommand(WorkerCommand.run([]).frame()) }
    }

    @Test("an upload", arguments: [true, false])
    func inspect(isText: Bool) throws {
        let code = Data((0..<5000).map { UInt8(truncatingIfNeeded: $0 * 7) })
        guard case .inspect(code, isText) = try sent(WorkerCommand.inspect(code: code, isText: isText)) else {
            Issue.record("not the same upload")
            return
        }
    }

    @Test("an answer that says nothing more")
    func plainAnswer() throws {
        guard case .ready = try sent(.ready) else {
            Issue.record("not the same answer")
            return
        }
    }

    @Test("a job with page data, which travels outside of the JSON and comes back to its pages")
    func job() throws {
        let job = sampleJob()
        let frame = try WorkerAnswer.job(JobReport(job), .recorded).frame()
        #expect(frame.attachment.count < PageSize.gear + 1000)
        #expect(frame.json.count < 3000)
        guard case .job(let received, .recorded) = try WorkerAnswer(frame) else {
            Issue.record("not the same job")
            return
        }
        #expect(try comparable(received.job()) == comparable(job))
        #expect(received.pages == job.writeAccessedPages && received.summary == JobSummary(job))
    }

    @Test("a page with no data stays apart from one with none of it")
    func emptyPageData() throws {
        var job = sampleJob()
        job.writeAccessedPages = [WrittenPage(page: 1, data: Data()), WrittenPage(page: 2)]
        guard case .job(let received, .unrecorded) = try sent(.job(JobReport(job), .unrecorded))
        else {
            Issue.record("not a job")
            return
        }
        #expect(received.pages == job.writeAccessedPages)
    }

    @Test("numbers arrive bit by bit, also those that JSON cannot tell apart")
    func numbers() throws {
        let floats: [Double] = [
            .nan, .signalingNaN, .infinity, -.infinity, -0.0, 0, 6, 1e17, 0.1, .leastNonzeroMagnitude, 1.7e308,
            Double(bitPattern: 0xFFF8_0000_0000_1234),
        ]
        let integers: [Int64] = [0, -1, .max, .min, 1 << 53, -(1 << 53)]
        var job = sampleJob()
        job.results = floats.map(WasmNumber.float) + integers.map(WasmNumber.integer) + [.unsigned(.max)]
        guard
            case .run(let orders) = try sent(
                .run([JobOrder(StoredRequest(sampleRequest(args: job.results)), RunTerms(queuedUs: 0, claim: nil))]))
        else {
            Issue.record("not a request")
            return
        }
        #expect(try orders[0].request.request().args.map(bits) == job.results.map(bits))
    }

    private func bits(_ number: WasmNumber) -> String {
        switch number {
        case .integer(let value): "integer \(value)"
        case .unsigned(let value): "unsigned \(value)"
        case .float(let value): "float \(value.bitPattern)"
        }
    }

    @Test("what an upload came to")
    func inspection() throws {
        let description = ModuleDescription(
            hash: "ab", size: 3, memorySize: 1, memoryMaximum: 512, stackEnd: 1,
            entries: [Entry(name: "add", params: ["i32"], results: ["i64"])], metering: .service,
            droppedSections: ["linking"])
        let forms = [
            MeteredForm(name: "exact", weightsVersion: 1, code: [4, 5]),
            MeteredForm(name: "fast", weightsVersion: 1, code: []),
        ]
        let module = InspectedModule(description: description, code: [0, 0x61, 0x73], meteredForms: forms)
        guard case .module(let found) = try sent(.module(module)) else {
            Issue.record("not a module")
            return
        }
        #expect(found.description == description && found.code == module.code && found.meteredForms == forms)
        let refusal = ModuleRefusal(code: "unknown_import", message: "env.nothing")
        guard case .refused(refusal) = try sent(.refused(refusal)) else {
            Issue.record("not the same refusal")
            return
        }
    }

    @Test("a message of the other direction is refused")
    func wrongDirection() {
        #expect(throws: MessageError.unexpected(.ready)) { try WorkerCommand(Frame(kind: .ready)) }
        #expect(throws: MessageError.unexpected(.run)) { try WorkerAnswer(Frame(kind: .run)) }
    }

    @Test("JSON that is none, or of another shape, is refused", arguments: ["", "{", "[]", "{}", "\u{0}"])
    func malformed(json: String) {
        for kind in [FrameKind.job, .module, .refused] {
            #expect(throws: MessageError.self) { try WorkerAnswer(Frame(kind: kind, json: Data(json.utf8))) }
        }
        for kind in [FrameKind.run, .inspect] {
            #expect(throws: MessageError.self) { try WorkerCommand(Frame(kind: kind, json: Data(json.utf8))) }
        }
    }

    @Test("page data of another length than announced is refused", arguments: [-1, 1])
    func wrongPageData(change: Int) throws {
        var frame = try WorkerAnswer.job(JobReport(sampleJob()), .recorded).frame()
        if change < 0 { frame.attachment.removeLast() } else { frame.attachment.append(0) }
        #expect(throws: MessageError.self) { try WorkerAnswer(frame) }
    }
}
