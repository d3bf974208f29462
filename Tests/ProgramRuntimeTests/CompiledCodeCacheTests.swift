import Foundation
import ProgramRuntime
import Testing
import WorkerProtocol

@Suite struct CompiledCodeCacheTests {
    let directory = FileManager.default.temporaryDirectory.appending(path: "lazypages-\(UUID().uuidString)").path

    private func runtime(_ compiler: ProgramCompiler = .cranelift) throws -> ProgramRuntime {
        try ProgramRuntime(
            source: StoredPages(), cacheDirectory: directory, memoryLimit: 100, compiler: compiler)
    }

    private func key(_ description: ModuleDescription) -> String {
        ProgramRuntime.codeKey(hash: description.hash, form: .fast)
    }

    private var file: String {
        get throws {
            let name = try #require(try FileManager.default.contentsOfDirectory(atPath: directory).first)
            return "\(directory)/\(name)"
        }
    }

    /// Whether a new runtime finds the module without its binary.
    private func isFound(_ description: ModuleDescription, by compiler: ProgramCompiler = .cranelift) throws -> Bool {
        struct BinaryNeeded: Error {}
        do {
            _ = try runtime(compiler).module(key: key(description)) { throw BinaryNeeded() }.get()
            return true
        } catch is BinaryNeeded {
            return false
        }
    }

    @Test func anotherProcessFindsCompiledCodeAndADamagedFileIsNotTrusted() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let module = try runtime().inspect(code: Array(Modules.metered.utf8), isText: true)
        let description = module.description
        #expect(try isFound(description))
        var content = try #require(FileManager.default.contents(atPath: try file))
        let sound = content
        content[content.count / 2] ^= 1
        try content.write(to: URL(filePath: try file))
        #expect(try !isFound(description))
        try sound.prefix(100).write(to: URL(filePath: try file))
        #expect(try !isFound(description))
        _ = try runtime().module(key: key(description)) { module.code }.get()
        #expect(try isFound(description), "it is compiled again, and the file replaced")
    }

    @Test func theCompilersKeepTheirCodeApart() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let module = try runtime(.winch).inspect(code: Array(Modules.metered.utf8), isText: true)
        let description = module.description
        #expect(try !isFound(description, by: .cranelift))
        _ = try runtime(.cranelift).module(key: key(description)) { module.code }.get()
        #expect(try isFound(description, by: .cranelift))
        #expect(try isFound(description, by: .winch), "the other's file is still there")
    }

    @Test func aDirectoryThatOthersCanWriteToIsRefused() throws {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o777])
        chmod(directory, 0o777)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let error = #expect(throws: RuntimeError.self) { try runtime() }
        guard case .cacheDirectory(_, let reason) = error else {
            Issue.record("expected a refusal of the directory")
            return
        }
        #expect(reason.contains("chmod"))
    }
}
