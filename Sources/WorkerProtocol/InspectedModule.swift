/// An upload that can be run.
public struct InspectedModule: Sendable {
    public var description: ModuleDescription
    /// The binary module, as it was uploaded.
    public var code: [UInt8]
    /// The same with its metering; none of a module that meters itself.
    public var meteredForms: [MeteredForm]

    public init(description: ModuleDescription, code: [UInt8], meteredForms: [MeteredForm]) {
        self.description = description
        self.code = code
        self.meteredForms = meteredForms
    }
}

/// A module that counts what it burns.
public struct MeteredForm: Sendable, Equatable {
    /// `fast` or `exact`.
    public var name: String
    /// The version of the instructions' weights.
    public var weightsVersion: Int
    public var code: [UInt8]

    public init(name: String, weightsVersion: Int, code: [UInt8]) {
        self.name = name
        self.weightsVersion = weightsVersion
        self.code = code
    }
}
