import Foundation
import LazyPages
import Metering
import Pages
import ProgramRuntime
import WorkerProtocol

/// Stored pages in a dictionary.
final class StoredPages: PageSource {
    var pages: [UInt32: [UInt8]] = [:]
    var failing: Set<UInt32> = []

    func pageExists(_ key: PageKey) throws(PageSourceError) -> Bool {
        pages[key.page.rawValue] != nil || failing.contains(key.page.rawValue)
    }

    func loadPage(_ key: PageKey, into buffer: UnsafeMutableRawBufferPointer) throws(PageSourceError) -> Int? {
        if failing.contains(key.page.rawValue) { throw .unavailable("gone") }
        guard let bytes = pages[key.page.rawValue] else { return nil }
        if bytes.count == buffer.count { buffer.copyBytes(from: bytes) }
        return bytes.count
    }
}

/// A runtime with one program, whose written pages go back to the store as a commit would do it.
final class Harness {
    let source = StoredPages()
    let runtime: ProgramRuntime
    let description: ModuleDescription
    let module: CompiledModule
    var memorySize: UInt32
    var costs = PageCosts(
        signalRead: 100, signalWrite: 200, signalWriteAfterRead: 300, hostFuncRead: 10, hostFuncWrite: 20,
        hostFuncWriteAfterRead: 30, loadPageData: 1000)

    /// - Parameter metering: the form in which the module is metered before; nil for one that does that itself.
    init(
        _ text: String = Modules.metered, compiler: ProgramCompiler = .cranelift, hostFunctions: [HostFunction] = [],
        metering form: MeteringForm? = nil
    ) throws {
        runtime = try ProgramRuntime(
            source: source, cacheDirectory: nil, memoryLimit: 8192, compiler: compiler, hostFunctions: hostFunctions)
        let inspected = try runtime.inspect(code: Array(text.utf8), isText: true)
        description = inspected.description
        memorySize = description.memorySize
        let metered = form.flatMap { form in inspected.meteredForms.first { $0.name == form.rawValue } }
        // As it was uploaded, unless a form is asked for.
        module = try runtime.module(key: metered?.name ?? "uploaded") { metered?.code ?? inspected.code }.get()
    }

    @discardableResult
    func run(_ entry: String, _ args: Int64..., gasLimit: UInt64 = 1_000_000) throws -> ExecutionReport {
        try run(entry, args.map { .integer($0) }, gasLimit: gasLimit)
    }

    func run(_ entry: String, _ args: [WasmNumber], gasLimit: UInt64 = 1_000_000) throws -> ExecutionReport {
        let report = try runtime.execute(
            module,
            ExecutionRequest(
                entry: entry, args: args, gasLimit: gasLimit, memorySize: memorySize,
                memoryMaximum: description.memoryMaximum, stackEnd: description.stackEnd ?? 0, programKey: [1],
                costs: costs))
        if case .returned = report.end {
            for (page, bytes) in report.writtenPages { source.pages[page.rawValue] = bytes }
            memorySize = report.memorySize
        }
        return report
    }
}

extension ExecutionReport {
    var written: [UInt32] { writtenPages.map(\.page.rawValue) }
    var accessed: [UInt32] { accessedPages.map(\.rawValue) }
}
