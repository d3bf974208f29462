import Metering
import ProgramRuntime
import WorkerProtocol

/// The runtime with one compiler.
final class CompilerUnderTest {
    let compiler: ProgramCompiler
    private let runtime: ProgramRuntime
    private let host = FuzzHost()
    private var compiled = 0
    /// Whether the compiler knows vectors on this processor.
    let knowsVectors: Bool

    static let memoryLimit: UInt32 = 64

    init(_ compiler: ProgramCompiler, source: StoredPages) throws {
        self.compiler = compiler
        runtime = try ProgramRuntime(
            source: source, cacheDirectory: nil, memoryLimit: Self.memoryLimit, compiler: compiler,
            compilesInParallel: false, hostFunctions: host.functions)
        let probe = #"(module (memory (export "memory") 1) (func (drop (v128.load (i32.const 0)))))"#
        knowsVectors = (try? runtime.inspect(code: Array(probe.utf8), isText: true)) != nil
    }

    /// Goes the way of an upload.
    func compile(text: String, _ schedule: Schedule) throws -> CompiledProgram {
        do {
            return try compile(try runtime.inspect(code: Array(text.utf8), isText: true).code, schedule)
        } catch let refusal as ModuleRefusal {
            throw ExecutionRefused(reason: "\(compiler.rawValue) refused the module: \(refusal)")
        }
    }

    /// Meters a module in both forms, and compiles them.
    func compile(_ module: [UInt8], _ schedule: Schedule) throws -> CompiledProgram {
        var forms: [MeteringForm: CompiledModule] = [:]
        for form in MeteringForm.allCases {
            do {
                guard case .metered(let metered) = try meter(module, form: form, weights: schedule.weights) else {
                    throw ExecutionRefused(reason: "the module meters itself")
                }
                compiled += 1
                forms[form] = try runtime.module(key: String(compiled)) { metered.binary }.get()
            } catch {
                throw ExecutionRefused(reason: "\(compiler.rawValue) refused the module's \(form) form: \(error)")
            }
        }
        return CompiledProgram(runtime: runtime, host: host, forms: forms, compiler: compiler)
    }
}

/// Why a program could not be executed at all, which no program of the fuzzer's may cause.
struct ExecutionRefused: Error {
    let reason: String
}
