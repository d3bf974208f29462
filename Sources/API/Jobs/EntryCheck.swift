import HTTPServer
import WorkerProtocol

extension JobSubmission {
    /// Whether the module has the entry, and takes these arguments for it.
    ///
    /// - Throws: 422 `entry_not_found` or `invalid_request`.
    func check(against module: ProgramInterface) throws(HTTPError) {
        guard let found = module.entries.first(where: { $0.name == entry }) else {
            let detail = "The program \(program) has no entry \(HTTPError.quoted(entry))."
            throw .unprocessable("entry_not_found", [.init(pointer: "\(pointer)/entry", detail: detail)])
        }
        let params = found.params.compactMap(WasmNumberType.init(rawValue:))
        let results = found.results.compactMap(WasmNumberType.init(rawValue:))
        guard params.count == found.params.count, results.count == found.results.count else {
            throw .invalidRequest(
                "\(pointer)/entry", "A job can call only entries whose parameters and results are numbers.")
        }
        guard args.count == params.count else {
            throw .invalidRequest("\(pointer)/args", "Expected \(params.count) arguments, found \(args.count).")
        }
        let faults = zip(params, args).enumerated().filter { !$1.0.accepts($1.1) }.map { index, pair in
            ObjectReader.Fault(
                pointer: "\(pointer)/args/\(index)", detail: "The number does not fit \(pair.0.rawValue).")
        }
        if !faults.isEmpty { throw .invalidRequest(faults) }
    }
}
