import Digests
import Foundation

/// Compiled modules on disk, by compiler and key, so that a restarted worker need not compile again.
///
/// A cached file is machine code. So the directory must belong to this user and be writable by nobody else, and a file
/// counts only if its content has the digest that its head states; anything else is compiled anew and replaced.
final class CompiledCodeCache {
    private let directory: String
    private static let head = Array("lazypages machine code 1\n".utf8)

    /// - Parameter directory: created if it is not there.
    init(directory: String) throws(RuntimeError) {
        self.directory = directory
        if mkdir(directory, 0o700) != 0, errno != EEXIST {
            throw .cacheDirectory(path: directory, reason: String(cString: strerror(errno)))
        }
        var status = stat()
        guard lstat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw .cacheDirectory(path: directory, reason: "it is not a directory")
        }
        guard status.st_uid == geteuid() else {
            throw .cacheDirectory(path: directory, reason: "it belongs to another user")
        }
        guard status.st_mode & 0o022 == 0 else {
            throw .cacheDirectory(path: directory, reason: "others can write to it; use chmod go-w")
        }
    }

    /// The module from the cache; nil if there is none that can be used.
    func load(key: String, engine: WasmtimeEngine, hostFunctions: HostFunctions) -> CompiledModule? {
        guard let file = FileManager.default.contents(atPath: path(key, engine.compiler)) else { return nil }
        return file.withUnsafeBytes { bytes in
            let start = Self.head.count + SHA256Digest.byteCount
            guard bytes.count > start, bytes.starts(with: Self.head) else { return nil }
            let code = UnsafeRawBufferPointer(rebasing: bytes[start...])
            guard bytes[Self.head.count..<start].elementsEqual(SHA256Digest.of(code)) else { return nil }
            // Wasmtime refuses code of another version, configuration or processor.
            return try? CompiledModule(engine: engine, trustedMachineCode: code, hostFunctions: hostFunctions)
        }
    }

    /// Keeps the module's code. A disk that is full costs only a later compilation.
    func store(_ module: CompiledModule, key: String, compiler: ProgramCompiler) {
        guard let code = try? module.serialized() else { return }
        let file = Data(Self.head + SHA256Digest.of(code) + code)
        let path = path(key, compiler)
        let temporary = "\(path).\(getpid())"
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
        if !FileManager.default.createFile(atPath: temporary, contents: file, attributes: attributes)
            || rename(temporary, path) != 0
        {
            unlink(temporary)
        }
    }

    private func path(_ key: String, _ compiler: ProgramCompiler) -> String {
        "\(directory)/\(key).\(compiler.rawValue).machine-code"
    }
}
