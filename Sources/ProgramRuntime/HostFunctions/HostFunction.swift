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
    /// The layout of the interface that the function belongs to; nil for one that belongs to every layout that has no
    /// function of the name.
    public let layout: String?
    let body: Body

    public init(
        module: String, name: String, params: [WasmNumberType], results: [WasmNumberType], layout: String? = nil,
        body: @escaping Body
    ) {
        self.module = module
        self.name = name
        self.params = params
        self.results = results
        self.layout = layout
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

/// The functions that programs can import. Several of one name are layouts of one interface: the signatures of all that
/// a module imports say which is meant.
struct HostFunctions {
    private struct Name: Hashable {
        let module: String
        let name: String
    }

    private let functions: [Name: [HostFunction]]
    /// In the order in which the functions were given, after the one of functions that belong to none.
    private let layouts: [String?]

    init(_ functions: [HostFunction]) {
        self.functions = Dictionary(grouping: functions) { Name(module: $0.module, name: $0.name) }
        layouts = functions.reduce(into: [nil]) { layouts, function in
            if !layouts.contains(function.layout) { layouts.append(function.layout) }
        }
    }

    /// All layouts of the imported function; none if it is not provided.
    func named(module: String, _ name: String) -> [HostFunction] { functions[Name(module: module, name: name)] ?? [] }

    /// What a module imports, from the layout that has the most of it, the first of several.
    /// - Returns: by import; nil for one that the layout does not have.
    func imported(by imports: [ModuleImport]) -> [HostFunction?] {
        let found = layouts.map { layout in imports.map { function(for: $0, layout: layout) } }
        let counts = found.map { functions in functions.count { $0 != nil } }
        return zip(found, counts).first { $0.1 == counts.max() }?.0 ?? []
    }

    /// The one whose signature is the import's, of those that the layout has: its own of the name, and else those that
    /// belong to none.
    private func function(for item: ModuleImport, layout: String?) -> HostFunction? {
        let functions = named(module: item.module, item.name)
        let own = functions.filter { $0.layout == layout }
        return (own.isEmpty ? functions.filter { $0.layout == nil } : own).first { $0.type == item.type }
    }
}
