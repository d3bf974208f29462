/// What an upload says about its module, found out by a worker: the server never compiles code itself.
public struct ModuleDescription: Codable, Sendable, Equatable {
    /// SHA-256 of the binary module, in lower-case hex.
    public var hash: String
    /// The binary module's size in bytes.
    public var size: Int
    /// Initial memory in WebAssembly pages.
    public var memorySize: UInt32
    /// What memory may grow to, in WebAssembly pages: the module's own maximum or the service's limit.
    public var memoryMaximum: UInt32
    /// From `__gear_stack_end`, in WebAssembly pages; nil where the module does not export it.
    public var stackEnd: UInt32?
    /// Exported functions, in the module's order.
    public var entries: [Entry]
    /// Whether the module exports `gear_gas` and so meters itself.
    public var metered: Bool

    public init(
        hash: String, size: Int, memorySize: UInt32, memoryMaximum: UInt32, stackEnd: UInt32?, entries: [Entry],
        metered: Bool
    ) {
        self.hash = hash
        self.size = size
        self.memorySize = memorySize
        self.memoryMaximum = memoryMaximum
        self.stackEnd = stackEnd
        self.entries = entries
        self.metered = metered
    }
}

/// An exported function that a job can call.
public struct Entry: Codable, Sendable, Equatable {
    public var name: String
    /// Type names as WebAssembly writes them: `i32`, `i64`, `f32`, `f64`, and others that no job can pass.
    public var params: [String]
    public var results: [String]

    public init(name: String, params: [String], results: [String]) {
        self.name = name
        self.params = params
        self.results = results
    }
}

/// Why a module was refused: one of the codes of the API, and a sentence that names what is wrong.
public struct ModuleRefusal: Codable, Sendable, Equatable, Error {
    public var code: String
    public var message: String

    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}
