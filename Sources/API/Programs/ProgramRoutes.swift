import Foundation
import HTTPServer
import PageStorage
import Scheduler
import WorkerProtocol

/// Programs: upload, list, look at, delete.
extension API {
    var programEndpoints: [Endpoint] {
        // Base64 takes four bytes for three; the rest of an upload in JSON is small.
        let uploadLimit = configuration.limits.moduleBytes / 3 * 4 + (64 << 10)
        return [
            Endpoint("POST", "/v1/programs", .upload, bodyLimit: uploadLimit, handler: createProgram),
            Endpoint("GET", "/v1/programs", .read, handler: listPrograms),
            Endpoint("GET", "/v1/programs/{id}", .read, handler: showProgram),
            Endpoint("DELETE", "/v1/programs/{id}", .admin, handler: deleteProgram),
        ]
    }

    @Sendable
    private func createProgram(_ request: HTTPRequest, _ caller: Caller) async throws -> HTTPResponse {
        let upload = try await ProgramUpload.read(request, limits: configuration.limits)
        let id = upload.id ?? UUIDv7.next().description
        guard caller.sees(id) else { throw HTTPError.forbidden("The token is limited to programs with other ids.") }
        // Known early, a taken id spares a look at the module; the storage has the last word.
        if upload.id != nil, try await findProgram(id) != nil { throw HTTPError(StorageError.programExists) }
        let module = try await inspect(upload)
        let program = try NewProgram(
            id: id, module: module, stackEnd: try Self.stackEnd(of: upload, module.description), labels: upload.labels)
        let record = try await storage { (storage) throws(StorageError) in try storage.createProgram(program) }
        audit(.programUploaded, of: id, request, caller)
        var response = try HTTPResponse.json(try ProgramDocument(record), status: 201)
        response.headers["Location"] = "/v1/programs/\(record.id)"
        return response
    }

    private func inspect(_ upload: ProgramUpload) async throws -> InspectedModule {
        do {
            switch try await scheduler.inspect(code: upload.code, isText: upload.isText) {
            case .accepted(let module): return module
            case .refused(let refusal): throw HTTPError.moduleRefused(refusal)
            }
        } catch let error as SchedulerError {
            logger.error("upload was not looked at", metadata: ["error": "\(error)"])
            throw HTTPError(error)
        }
    }

    /// The module's own stack end, else the upload's, else none.
    static func stackEnd(of upload: ProgramUpload, _ module: ModuleDescription) throws(HTTPError) -> UInt32 {
        guard let wanted = upload.stackEnd else { return module.stackEnd ?? 0 }
        if let own = module.stackEnd, own != wanted {
            throw .invalidRequest("/stack_end", "The module itself says \(own) with __gear_stack_end.")
        }
        guard wanted <= module.memorySize else {
            throw .invalidRequest("/stack_end", "The module's memory has \(module.memorySize) WebAssembly pages.")
        }
        return wanted
    }

    @Sendable
    private func listPrograms(_ request: HTTPRequest, _ caller: Caller) async throws -> HTTPResponse {
        let query = try Query(request, known: ["limit", "cursor"])
        let limit = try query.limit()
        let last = try query.cursor(of: .programs) { Identifiers.isProgram($0) ? $0 : nil }
        let found = try await storage { (storage) throws(StorageError) in
            try storage.programs(after: last, among: caller.programs, limit: limit + 1)
        }
        let page = ListPage(found, limit: limit, cursor: .programs, position: \.id)
        let programs = try page.items.map { try ProgramDocument($0) }
        return try .json(ProgramListDocument(programs: programs, nextCursor: page.nextCursor))
    }

    @Sendable
    private func showProgram(_ request: HTTPRequest, _ caller: Caller) async throws -> HTTPResponse {
        _ = try Query(request)
        return try .json(try ProgramDocument(try await program(of: request, for: caller)))
    }

    @Sendable
    private func deleteProgram(_ request: HTTPRequest, _ caller: Caller) async throws -> HTTPResponse {
        _ = try Query(request)
        let id = request.parameters["id"] ?? ""
        guard Identifiers.isProgram(id), caller.sees(id),
            let key = try await storage({ (storage) throws(StorageError) in try storage.deleteProgram(id: id) })
        else { throw HTTPError.programNotFound(id) }
        programs.cache.remove(id)
        scheduler.endJobs(ofDeleted: id, key: key)
        audit(.programDeleted, of: id, request, caller)
        return HTTPResponse(status: 204)
    }

    /// The program that the request's path names.
    /// - Throws: 404 `program_not_found`, also if it is not there for the caller.
    func program(of request: HTTPRequest, for caller: Caller) async throws(HTTPError) -> ProgramRecord {
        let id = request.parameters["id"] ?? ""
        guard Identifiers.isProgram(id), caller.sees(id), let record = try await findProgram(id) else {
            throw .programNotFound(id)
        }
        request.notes.add("program", id)
        return record
    }

    private func findProgram(_ id: String) async throws(HTTPError) -> ProgramRecord? {
        try await storage { (storage) throws(StorageError) in try storage.program(id: id) }
    }
}
