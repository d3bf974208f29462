import PageStorage
import WorkerProtocol

extension NewProgram {
    /// A program of a module that was looked at, in the form in which the service stores it.
    /// - Parameters:
    ///   - code: the module's binary form.
    ///   - stackEnd: in WebAssembly pages.
    public init(
        id: String, module: ModuleDescription, code: [UInt8], stackEnd: UInt32, labels: [String: String] = [:]
    ) throws {
        self.init(
            id: id, key: ProgramKey(bytes: UUIDv7.next().bytes), codeHash: module.hash, code: code,
            memorySize: module.memorySize, memoryMaximum: module.memoryMaximum, stackEnd: stackEnd,
            interface: try ProgramInterface(module).text,
            labels: String(decoding: try JSONCoding.encode(labels), as: UTF8.self),
            createdAt: Timestamp.now().milliseconds)
    }
}
