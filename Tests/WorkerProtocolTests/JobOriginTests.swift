import Foundation
import Testing
import WorkerProtocol

@Suite("Where a job came from")
struct JobOriginTests {
    private let origin = JobOrigin(
        requestId: "r-1", token: nil, traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")

    @Test("it is kept with the request, and in the job's document")
    func kept() throws {
        let request = sampleRequest(origin: origin)
        let read = try StoredRequest(bytes: StoredRequest(request).bytes).request()
        #expect(read.origin == origin)
        #expect(read.payload == request.payload)
        #expect(try Job(document: Job(read).document()).origin == origin)
        let object = try JSONSerialization.jsonObject(with: Data(Job(read).document())) as? [String: Any]
        let written = try #require(object?["origin"] as? [String: Any])
        #expect(Set(written.keys) == ["request_id", "token", "traceparent"])
        #expect(written["token"] is NSNull)
    }

    @Test("a request without it has the form that it always had")
    func without() throws {
        #expect(try StoredRequest(sampleRequest()).bytes.first == 1)
        #expect(try StoredRequest(sampleRequest(origin: origin)).bytes.first == 2)
    }

    @Test("a request of a form that is not known, or cut short, is none")
    func malformed() throws {
        var bytes = try StoredRequest(sampleRequest(origin: origin)).bytes
        #expect(throws: MessageError.self) { try StoredRequest(bytes: Array(bytes.dropLast())).request() }
        bytes[0] = 3
        #expect(throws: MessageError.self) { try StoredRequest(bytes: bytes).request() }
    }
}
