import Foundation
import HTTPServer
import PageStorage
import Pages
import WorkerProtocol

/// A program's stored pages: list, read one, store one.
extension API {
    var pageEndpoints: [Endpoint] {
        [
            Endpoint("GET", "/v1/programs/{id}/pages", .read, handler: listPages),
            Endpoint("GET", "/v1/programs/{id}/pages/{n}", .read, handler: readPage),
            Endpoint("PUT", "/v1/programs/{id}/pages/{n}", .upload, bodyLimit: PageSize.gear, handler: storePage),
        ]
    }

    @Sendable
    private func listPages(_ request: HTTPRequest, _ caller: Caller) async throws -> HTTPResponse {
        let query = try Query(request, known: ["limit", "cursor"])
        let limit = try query.limit()
        let last = try query.cursor(of: .pages) { UInt32(digits: $0).map(PageNumber.init(_:)) }
        let program = try await program(of: request, for: caller)
        let found = try await storage { (storage) throws(StorageError) in
            try storage.storedPages(of: program.key, after: last, limit: limit + 1)
        }
        let page = ListPage(found, limit: limit, cursor: .pages, position: \.page.description)
        return try .json(
            PageListDocument(
                version: program.version, pages: page.items.map { .init(page: $0.page, version: $0.version) },
                nextCursor: page.nextCursor))
    }

    @Sendable
    private func readPage(_ request: HTTPRequest, _ caller: Caller) async throws -> HTTPResponse {
        _ = try Query(request)
        let program = try await program(of: request, for: caller)
        let page = try Self.pageNumber(request)
        let found = try await storage { (storage) throws(StorageError) in
            try storage.pageData(of: program.key, page: page)
        }
        guard let found else { throw HTTPError.pageNotStored(page.description) }
        let tag = EntityTag(program: program.key, version: found.version)
        // A cache may keep the page, and asks each time whether it is still the one.
        let headers: HTTPHeaders = ["ETag": tag.description, "Cache-Control": "no-cache"]
        if request.headers.all("If-None-Match").contains(where: tag.matches(ifNoneMatch:)) {
            return HTTPResponse(status: 304, headers: headers)
        }
        var response = HTTPResponse(contentType: "application/octet-stream", bytes: found.bytes)
        for field in headers.fields { response.headers.append(field.name, field.value) }
        return response
    }

    @Sendable
    private func storePage(_ request: HTTPRequest, _ caller: Caller) async throws -> HTTPResponse {
        _ = try Query(request)
        _ = try MediaType.of(request, supported: ["application/octet-stream"])
        let program = try await program(of: request, for: caller)
        let page = try Self.pageNumber(request)
        let range = Self.storablePages(of: program)
        guard range.contains(Int(page.rawValue)) else {
            let detail =
                "Page \(page) cannot be stored: this program's pages are numbered \(range.lowerBound) (its stack end) "
                + "up to and without \(range.upperBound) (its memory's maximum)."
            throw HTTPError.unprocessable("page_out_of_range", detail)
        }
        let bytes = try await request.body.collect()
        guard bytes.count == PageSize.gear else {
            let detail = "Expected exactly one page of \(PageSize.gear) bytes, found \(bytes.count)."
            throw HTTPError.unprocessable("page_size_wrong", detail)
        }
        let version = try await storage { (storage) throws(StorageError) in
            try storage.putPage(of: program.key, page: page, bytes: bytes)
        }
        guard let version else { throw HTTPError.programNotFound(program.id) }
        audit(.pageWritten(page), of: program.id, request, caller)
        return HTTPResponse(
            status: 204, headers: ["ETag": EntityTag(program: program.key, version: version).description])
    }

    /// Pages below the stack end never persist, so they cannot be stored either.
    static func storablePages(of program: ProgramRecord) -> Range<Int> {
        let end = Int(program.memoryMaximum) * PageSize.gearPerWasm
        return min(Int(program.stackEnd) * PageSize.gearPerWasm, end)..<end
    }

    private static func pageNumber(_ request: HTTPRequest) throws(HTTPError) -> PageNumber {
        guard let number = UInt32(digits: request.parameters["n"] ?? "") else {
            throw .unprocessable("invalid_request", "The page in the path is not a page number.")
        }
        return PageNumber(number)
    }
}

/// An answer of `GET /v1/programs/{id}/pages`.
struct PageListDocument: Encodable {
    struct Page: Encodable {
        var page: PageNumber
        /// The program's version that wrote the page.
        var version: Int64
    }

    /// In bytes.
    var pageSize = PageSize.gear
    /// The program's version.
    var version: Int64
    var pages: [Page]
    @ExplicitNull var nextCursor: String?
}
