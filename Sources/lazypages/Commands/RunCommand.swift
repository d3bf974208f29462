import API
import ArgumentParser
import Foundation
import LazyPages
import PageStorage
import Pages
import ProgramRuntime
import Worker
import WorkerProtocol

/// Runs one job without a service.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs one entry of a module and prints the job as JSON.",
        discussion: """
            Without --storage the memory lives and ends with the job. With --storage and --program the program is \
            created if it is not there, its pages are loaded from the storage, and with --commit they are kept:

              lazypages run counter.wat --entry add --arg 5 --storage sqlite:my.db --program counter --commit
            """)

    @Argument(help: "The module's file: WebAssembly, or its text format if the name ends in .wat.")
    var module: String

    @Option(help: "The exported function to call.")
    var entry = "handle"

    @Option(name: .customLong("arg"), parsing: .unconditionalSingleValue, help: "A parameter of the entry; repeat it.")
    var args: [String] = []

    @Option(help: "The input that the program reads.")
    var payload = ""

    @Option(help: "How the payload is written: utf8, hex or base64.")
    var payloadEncoding = PayloadEncoding.utf8

    @Option(help: "What the job may burn.")
    var gasLimit: UInt64 = 1_000_000_000

    @Option(help: "How long the program may run, in milliseconds.")
    var timeoutMs: UInt64 = 10_000

    @Option(help: "Where the program and its pages are kept: sqlite:PATH or postgresql://…")
    var storage: String?

    @Option(help: "The program's id in the storage.")
    var program = "program"

    @Flag(help: "Keep the written pages.")
    var commit = false

    @Option(help: "Folder for compiled code, writable by this user only. (default: lazypages in the user's cache)")
    var cache: String?

    @Option(help: "on, or off: each stored page in a query of its own, when it is touched. (default: on)")
    var prefetch: PrefetchSetting?

    @Option(help: "cranelift, or winch: compiles faster, to slower code; gas is the same. (default: cranelift)")
    var compiler: ProgramCompiler?

    func run() throws {
        guard Identifiers.isProgram(program) else {
            throw Failure(.usage, "--program is \"\(program)\"; expected \(Identifiers.programForm)")
        }
        let code = try readModule()
        do {
            let storage = try openStorage()
            let runner = try JobRunner(
                storage: storage, cacheDirectory: try CacheDirectory.path(cache),
                memoryLimit: min(8192, MemoryAreas.largestSafeMemory()),
                prefetch: try Settings.choice(prefetch, "prefetch", default: .on).prefetch,
                compiler: try Settings.choice(compiler, "compiler", default: .cranelift),
                log: { FileHandle.standardError.write(Data("lazypages: \($0)\n".utf8)) })
            let entries = try install(code, storage, runner)
            let request = try request(entries)
            let outcome = withTimeLimit(request) {
                runner.run(request, RunTerms(queuedUs: 0, claim: nil), progress: $0)
            }
            try finish(outcome.report)
        } catch let error as StorageError {
            throw Failure(.service, error.explanation)
        } catch let error as RuntimeError {
            throw Failure(.service, error.explanation)
        } catch let refusal as ModuleRefusal {
            let faults = refusal.faults.map { "\(module) cannot be run (\($0.code)): \($0.message)" }
            throw Failure(.usage, faults.joined(separator: "\nlazypages: "))
        }
    }

    /// Without a location, a database that goes with the process: its files have no name as soon as they are open.
    private func openStorage() throws -> any Storage {
        let folder = FileManager.default.temporaryDirectory.appending(path: "lazypages-run-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        let storage = try StorageLocation.setting(storage, default: "sqlite:\(folder)/run.db").open()
        try storage.migrate()
        return storage
    }

    private func readModule() throws -> [UInt8] {
        guard let content = FileManager.default.contents(atPath: module) else {
            throw Failure(.usage, "the file \(module) cannot be read")
        }
        return Array(content)
    }

    /// Creates the program unless the storage has it.
    private func install(_ code: [UInt8], _ storage: any Storage, _ runner: JobRunner) throws -> [Entry] {
        let inspected = try runner.inspect(code: code, isText: module.hasSuffix(".wat"))
        let description = inspected.description
        if let found = try storage.program(id: program) {
            guard found.codeHash == description.hash else {
                throw Failure(
                    .usage, "the program \(program) in the storage has another module; choose another --program")
            }
        } else {
            _ = try storage.createProgram(
                NewProgram(id: program, module: inspected, stackEnd: description.stackEnd ?? 0))
        }
        return description.entries
    }

    private func request(_ entries: [Entry]) throws -> JobRequest {
        guard let entry = entries.first(where: { $0.name == entry }) else {
            let names = entries.map(\.name).joined(separator: ", ")
            throw Failure(.usage, "the module has no entry \(entry); it has: \(names.isEmpty ? "none" : names)")
        }
        guard args.count == entry.params.count else {
            throw Failure(.usage, "\(entry.name) takes \(entry.params.count) parameters, found \(args.count)")
        }
        let numbers = try zip(args, entry.params).map { text, typeName in
            let number = WasmNumber(text: text) ?? Double(text).map(WasmNumber.float)
            guard let number, WasmNumberType(rawValue: typeName)?.accepts(number) == true else {
                throw Failure(.usage, "--arg \(text) is no \(typeName)")
            }
            return number
        }
        return JobRequest(
            id: UUIDv7.next().description, program: program, entry: entry.name, args: numbers, gasLimit: gasLimit,
            commit: commit, payload: try payloadBytes(), pages: .data, timeoutMs: timeoutMs, createdAt: .now())
    }

    private func payloadBytes() throws -> Data {
        guard let bytes = payloadEncoding.decode(payload) else {
            throw Failure(.usage, "--payload is not \(payloadEncoding.rawValue); expected \(payloadEncoding.form)")
        }
        return bytes
    }

    private func finish(_ report: JobReport) throws {
        print(String(decoding: report.answer(withPageData: true), as: UTF8.self))
        fflush(nil)
        switch report.summary.state {
        case .finished where report.summary.outcome?.commits == true: return
        case .finished: throw ExitCode(Failure.Status.programEndedOtherwise.rawValue)
        default: throw ExitCode(Failure.Status.service.rawValue)
        }
    }

    /// Ends the process with the job as timed out if its program runs too long.
    private func withTimeLimit(
        _ request: JobRequest, _ body: ((JobRunner.Progress) -> Void) -> JobRunner.Outcome
    ) -> JobRunner.Outcome {
        let limit = TimeLimit(milliseconds: request.timeoutMs) {
            let job = Job.timedOut(request, startedAt: .now())
            print(String(decoding: job.document(), as: UTF8.self))
            fflush(nil)
            _exit(Failure.Status.programEndedOtherwise.rawValue)
        }
        return body { progress in
            switch progress {
            case .started(let form): limit.start(times: form.timeoutFactor)
            case .executed: limit.cancel()
            }
        }
    }
}

extension PayloadEncoding: ExpressibleByArgument {}
