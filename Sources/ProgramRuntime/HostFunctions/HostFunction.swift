import WorkerProtocol

/// A function that programs import and the service provides.
public struct HostFunction {
    /// Called on the thread that runs the program. What it throws ends the program; its results have the types of
    /// `results`, in that order.
    public typealias Body = (HostCall) throws(HostFailure) -> [HostValue]

    public let module: String
    public let name: String
    public let params: [WasmNumberType]
    public let results: [WasmNumberType]
    let body: Body

    public init(
        module: String, name: String, params: [WasmNumberType], results: [WasmNumberType], body: @escaping Body
    ) {
        self.module = module
        self.name = name
        self.params = params
        self.results = results
        self.body = body
    }

    var type: ExternType {
        .function(params: params.map(\.rawValue), results: results.map(\.rawValue))
    }
}

/// How a host function ends the program that called it.
public enum HostFailure: Error, Equatable, Sendable {
    /// The program's own error: an interval that is not inside its memory.
    case memoryOutOfBounds
    /// The gas does not cover what the function does; the counter is 0.
    case gasLimitExceeded
    /// The function is one that ends the program.
    case ended(HostEnd)
    /// Not the program's doing: the whole execution fails with it.
    case execution(ExecutionError)
}

/// How a program ended in a host function that does not return.
public enum HostEnd: Equatable, Sendable {
    /// As if the entry had returned.
    case leave
    /// The program has given itself up.
    case exit
    /// The program wants to be called again later.
    case wait
    /// The program found that it cannot go on; says why.
    case panic(String)
    /// The function is not served; names it.
    case unsupported(String)
}

/// The functions that programs can import. Several of one name, with different signatures, are layouts of one interface:
/// the import's signature says which is meant.
struct HostFunctions {
    private struct Name: Hashable {
        let module: String
        let name: String
    }

    private let functions: [Name: [HostFunction]]

    init(_ functions: [HostFunction]) {
        self.functions = Dictionary(grouping: functions) { Name(module: $0.module, name: $0.name) }
    }

    /// All layouts of the imported function; none if it is not provided.
    func named(_ item: ModuleImport) -> [HostFunction] {
        functions[Name(module: item.module, name: item.name)] ?? []
    }

    /// The one whose signature is the import's.
    func function(for item: ModuleImport) -> HostFunction? {
        named(item).first { $0.type == item.type }
    }
}
