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
    /// Imported functions, in the module's order.
    public var imports: [Import]
    /// Exported functions, in the module's order.
    public var entries: [Entry]
    public var metering: MeteredBy
    /// Names of custom sections that the metered module does without, since they would be wrong there.
    public var droppedSections: [String]

    public init(
        hash: String, size: Int, memorySize: UInt32, memoryMaximum: UInt32, stackEnd: UInt32?, imports: [Import] = [],
        entries: [Entry], metering: MeteredBy, droppedSections: [String] = []
    ) {
        self.hash = hash
        self.size = size
        self.memorySize = memorySize
        self.memoryMaximum = memoryMaximum
        self.stackEnd = stackEnd
        self.imports = imports
        self.entries = entries
        self.metering = metering
        self.droppedSections = droppedSections
    }
}

/// Who sees to it that a program's instructions are paid for.
public enum MeteredBy: String, Codable, Sendable {
    /// The service, which rewrites the module.
    case service
    /// The module itself: it exports `gear_gas` as a mutable i64 global.
    case program
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

/// A function that a module imports.
public struct Import: Codable, Sendable, Equatable {
    public var module: String
    public var name: String
    public var params: [String]
    public var results: [String]

    public init(module: String, name: String, params: [String], results: [String]) {
        self.module = module
        self.name = name
        self.params = params
        self.results = results
    }
}
