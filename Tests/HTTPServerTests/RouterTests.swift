import Foundation
import Testing

@testable import HTTPServer

@Suite struct RouterTests {
    private struct Secret: Error {}

    private static let router = Router(routes: [
        Route("GET", "/") { _ in HTTPResponse(contentType: "text/plain", text: "root") },
        Route("GET", "/v1/jobs/{id}") {
            HTTPResponse(contentType: "text/plain", text: "job \($0.parameters["id"] ?? "")")
        },
        Route("DELETE", "/v1/jobs/{id}") { _ in HTTPResponse(status: 204) },
        Route("POST", "/v1/jobs", bodyLimit: 3) {
            HTTPResponse(contentType: "a/b", bytes: try await $0.body.collect())
        },
        Route("GET", "/v1/jobs/latest") { _ in HTTPResponse(contentType: "text/plain", text: "latest") },
        Route("GET", "/v1/jobs/latest/x") { _ in HTTPResponse(contentType: "text/plain", text: "x") },
        Route("GET", "/v1/jobs/{job}/pages/{page}") { request in
            let parameters = request.parameters
            return HTTPResponse(
                contentType: "text/plain", text: "\(parameters["job"] ?? "")/\(parameters["page"] ?? "")")
        },
        Route("GET", "/fails") { _ in throw Secret() },
        Route("GET", "/wrong") { _ in
            throw HTTPError(
                status: 422, code: "invalid_request", detail: "No.", headers: ["X-Hint": "h"],
                errors: [HTTPError.Violation(pointer: "/gas", detail: "too much")], job: "j1")
        },
    ])

    private func respond(_ method: String, _ path: String, body: [UInt8] = []) async -> HTTPResponse {
        await Self.router.respond(
            to: HTTPRequest(
                method: method, path: path,
                segments: path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(String.init),
                query: [], headers: [:], requestID: "r1", body: HTTPBody(body)))
    }

    private func text(_ response: HTTPResponse) -> String {
        if case .bytes(let bytes) = response.body { String(decoding: bytes, as: UTF8.self) } else { "" }
    }

    @Test(
        "a path finds its route; a literal segment wins over a parameter",
        arguments: [
            ("/", "root"), ("/v1/jobs/7", "job 7"), ("/v1/jobs/latest", "latest"), ("/v1/jobs/latest/x", "x"),
            ("/v1/jobs/latest/pages/2", "latest/2"), ("/v1/jobs/a/pages/2", "a/2"),
        ])
    func finds(path: String, answer: String) async {
        #expect(text(await respond("GET", path)) == answer)
    }

    @Test("another path is not found", arguments: ["/v1", "/v1/jobs/", "/v1/jobs/7/", "//", "/v1//jobs", "/V1/jobs/7"])
    func unknownPath(path: String) async {
        let response = await respond("GET", path)
        #expect(response.status == 404 && text(response).contains("\"code\":\"not_found\""))
    }

    @Test("a wrong method is told the right ones, HEAD among them where GET is")
    func wrongMethod() async {
        let response = await respond("PUT", "/v1/jobs/7")
        #expect(response.status == 405 && response.headers["Allow"] == "DELETE, GET, HEAD")
        #expect(text(response).contains("\"code\":\"method_not_allowed\""))
        #expect(await respond("GET", "/v1/jobs").headers["Allow"] == "POST")
        #expect(await respond("HEAD", "/v1/jobs/7").status == 200)
    }

    @Test("a thrown HTTPError becomes its problem document")
    func problem() async throws {
        let response = await respond("GET", "/wrong")
        #expect(response.status == 422 && response.headers["X-Hint"] == "h")
        #expect(response.headers["Content-Type"] == "application/problem+json")
        let document = try #require(try JSONSerialization.jsonObject(with: Data(text(response).utf8)) as? NSDictionary)
        let expected: NSDictionary = [
            "type": "about:blank", "title": "Unprocessable Content", "status": 422, "detail": "No.",
            "code": "invalid_request", "request_id": "r1", "job": "j1",
            "errors": [["pointer": "/gas", "detail": "too much"]],
        ]
        #expect(document == expected)
    }

    @Test("any other error tells nothing of its inside")
    func otherError() async {
        let response = await respond("GET", "/fails")
        #expect(response.status == 500 && text(response).contains("\"code\":\"internal_error\""))
        #expect(!text(response).contains("Secret"))
    }

    @Test("the body limit of the route holds without a connection too")
    func bodyLimit() async {
        #expect(await respond("POST", "/v1/jobs", body: [1, 2, 3]).status == 200)
        #expect(await respond("POST", "/v1/jobs", body: [1, 2, 3, 4]).status == 413)
    }

    @Test("a bad or repeated pattern stops the program")
    func badPatterns() async {
        await #expect(processExitsWith: .failure) {
            _ = Router(routes: [Route("GET", "no-slash") { _ in HTTPResponse(status: 200) }])
        }
        await #expect(processExitsWith: .failure) {
            _ = Router(routes: [Route("GET", "/a{id}") { _ in HTTPResponse(status: 200) }])
        }
        await #expect(processExitsWith: .failure) {
            _ = Router(routes: [Route("GET", "/{id}/{id}") { _ in HTTPResponse(status: 200) }])
        }
        await #expect(processExitsWith: .failure) {
            let route = Route("GET", "/{id}") { _ in HTTPResponse(status: 200) }
            _ = Router(routes: [route, Route("GET", "/{name}") { _ in HTTPResponse(status: 200) }])
        }
    }
}
