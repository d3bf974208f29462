/// Why a module was refused: everything that is wrong with it, the first of which stands for all.
public struct ModuleRefusal: Codable, Sendable, Equatable, Error {
    /// At least one.
    public private(set) var faults: [ModuleFault]

    /// No answer names more.
    public static let mostFaults = 100

    /// Nil if nothing is wrong.
    public init?(_ faults: [ModuleFault]) {
        guard !faults.isEmpty else { return nil }
        self.faults = Array(faults.prefix(Self.mostFaults))
    }

    public init(code: String, message: String, offset: Int? = nil) {
        faults = [ModuleFault(code: code, message: message, offset: offset)]
    }

    public var code: String { faults[0].code }
    public var message: String { faults[0].message }
}

/// One thing that is wrong with a module.
public struct ModuleFault: Codable, Sendable, Equatable {
    /// One of the codes of the API.
    public var code: String
    /// A sentence that names what is wrong.
    public var message: String
    /// Where in the binary module, in bytes from its start; nil where no one place is wrong.
    public var offset: Int?

    public init(code: String, message: String, offset: Int? = nil) {
        self.code = code
        self.message = message
        self.offset = offset
    }
}
