/// Which of the metered forms of a module: how it counts, and by which weights.
public struct MeteredCodeForm: Hashable, Sendable {
    /// `fast` or `exact`.
    public var name: String
    /// The version of the instructions' weights.
    public var weightsVersion: Int

    public init(name: String, weightsVersion: Int) {
        self.name = name
        self.weightsVersion = weightsVersion
    }
}

/// A module with its metering, which is kept beside the module itself.
public struct MeteredCode: Sendable {
    public var form: MeteredCodeForm
    public var code: [UInt8]

    public init(_ form: MeteredCodeForm, code: [UInt8]) {
        self.form = form
        self.code = code
    }
}

/// A metered form, and how many bytes it has.
public struct MeteredCodeSize: Equatable, Sendable {
    public var form: MeteredCodeForm
    public var size: Int

    public init(_ form: MeteredCodeForm, size: Int) {
        self.form = form
        self.size = size
    }

    /// Reads a list as the queries of both storages write it: `NAME VERSION SIZE,…`.
    static func list(_ text: String) -> [MeteredCodeSize] {
        text.split(separator: ",").compactMap { entry in
            let fields = entry.split(separator: " ")
            guard fields.count == 3, let version = Int(fields[1]), let size = Int(fields[2]) else { return nil }
            return MeteredCodeSize(MeteredCodeForm(name: String(fields[0]), weightsVersion: version), size: size)
        }
    }
}
