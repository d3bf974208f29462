import PageStorage
import WorkerProtocol

extension NewProgram {
    /// A program of a module that was looked at, in the form in which the service stores it.
    /// - Parameter stackEnd: in WebAssembly pages.
    public init(id: String, module: InspectedModule, stackEnd: UInt32, labels: [String: String] = [:]) throws {
        let description = module.description
        self.init(
            id: id, key: ProgramKey(bytes: UUIDv7.next().bytes), codeHash: description.hash, code: module.code,
            meteredCodes: module.meteredForms.map(MeteredCode.init), memorySize: description.memorySize,
            memoryMaximum: description.memoryMaximum, stackEnd: stackEnd,
            interface: try ProgramInterface(description).text,
            labels: String(decoding: try JSONCoding.encode(labels), as: UTF8.self),
            createdAt: Timestamp.now().milliseconds)
    }
}

extension MeteredCode {
    init(_ form: MeteredForm) {
        self.init(MeteredCodeForm(name: form.name, weightsVersion: form.weightsVersion), code: form.code)
    }
}
