import LazyPages
import Metering
import ProgramRuntime
import WorkerProtocol

/// A row of the interface's table: a function's name, what does its work, what it costs, how it answers, and its
/// parameters.
struct GearFunction {
    let name: String
    private(set) var layout: String?
    private let params: [WasmNumberType]
    private let answer: Answer
    private let body: (HostCall, GearExecution, HostWeights) throws(HostFailure) -> [HostValue]

    /// - Parameters:
    ///   - work: what remains when memory is announced and read. It gives the bytes that ``Answer`` brings to the program.
    ///   - cost: without what depends on the size of the memory that is touched, which is added.
    init<each Value>(
        _ name: String, _ work: @escaping (GearCall) -> (repeat each Value) throws(CallFailure) -> [UInt8],
        _ cost: KeyPath<HostWeights, UInt64>, _ answer: Answer, _ parameters: repeat Parameter<each Value>
    ) {
        self.name = name
        self.answer = answer
        var params: [WasmNumberType] = []
        for parameter in repeat each parameters { params += parameter.types }
        let pointer = params.count
        if answer.size != nil { params.append(.i32) }
        self.params = params
        body = { host, execution, weights throws(HostFailure) in
            var accesses = Accesses()
            var index = 0
            for parameter in repeat each parameters {
                parameter.announce((host, index), &accesses)
                index += parameter.types.count
            }
            if let size = answer.size { accesses.write(MemoryInterval(offset: host.number(pointer), size: size)) }
            try host.charge(weights[keyPath: cost] + accesses.byteCount * weights.byte)
            try host.announce(reads: accesses.reads, writes: accesses.writes)

            index = 0
            func value<Taken>(_ parameter: Parameter<Taken>) throws(HostFailure) -> Taken {
                defer { index += parameter.types.count }
                return try parameter.value((host, index))
            }
            let call = GearCall(host: host, execution: execution, weights: weights)
            let arguments: (repeat each Value) = (repeat try value(each parameters))
            let bytes: [UInt8]
            do throws(CallFailure) {
                bytes = try work(call)(repeat each arguments)
            } catch {
                switch error {
                case .host(let failure): throw failure
                case .code(let code): return try answer.give(code, of: name, to: host, at: pointer)
                }
            }
            return try answer.give(bytes, to: host, at: pointer)
        }
    }

    func inLayout(_ layout: String) -> Self {
        var function = self
        function.layout = layout
        return function
    }

    func hostFunction(_ current: CurrentExecution, _ weights: HostWeights) -> HostFunction {
        HostFunction(module: "env", name: name, params: params, results: answer.results, layout: layout) {
            [name, body] host throws(HostFailure) in
            guard let execution = current.execution else {
                throw .execution(.engineInvariant("\(name) was called outside an execution"))
            }
            return try body(host, execution, weights)
        }
    }
}
