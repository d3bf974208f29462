import Foundation

/// Requests to one server, one after another, each with a time limit.
final class BenchClient {
    let port: UInt16
    private var connection: LoadConnection?
    private var buffer = [UInt8](repeating: 0, count: 65_536)

    struct Answer {
        let status: Int
        let body: Data

        /// Nil if the body is no JSON object.
        var object: [String: Any]? { (try? JSONSerialization.jsonObject(with: body)) as? [String: Any] }

        subscript(_ name: String) -> Any? { object?[name] }
    }

    init(port: UInt16) { self.port = port }

    /// - Returns: nil if no answer came: whether the request had an effect is not known then.
    func send(_ request: BenchRequest, within limit: Duration) -> Answer? {
        do {
            let connection = try connection ?? LoadConnection(host: "127.0.0.1", port: port)
            self.connection = connection
            if connection.send(request.bytes(port: port)), let answer = receive(on: connection, within: limit) {
                return answer
            }
        } catch {
            // Nothing answers there, for now.
        }
        connection = nil
        return nil
    }

    /// - Throws: if the answer is not a success.
    @discardableResult
    func expect(_ request: BenchRequest, within limit: Duration = .seconds(60)) throws -> Answer {
        // A kept connection may have been closed by the server meanwhile.
        guard let answer = send(request, within: limit) ?? send(request, within: limit) else {
            throw Failure(.service, "\(request.method) \(request.path) is not answered")
        }
        guard (200..<300).contains(answer.status) else {
            let text = String(decoding: answer.body, as: UTF8.self)
            throw Failure(.service, "\(request.method) \(request.path) is answered \(answer.status): \(text)")
        }
        return answer
    }

    private func receive(on connection: LoadConnection, within limit: Duration) -> Answer? {
        let end = ContinuousClock.now + limit
        while true {
            let rest = max(0, (end - .now) / .milliseconds(1))
            var socket = pollfd(fd: connection.descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&socket, 1, Int32(rest.rounded(.up)))
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { return nil }
            switch connection.receive(into: &buffer) {
            case .incomplete: continue
            case .answered(let status): return Answer(status: status, body: Data(connection.body))
            case .broken: return nil
            }
        }
    }
}

/// A request to a service on this machine.
struct BenchRequest {
    var method = "GET"
    var path: String
    var headers: [String] = []
    var body: [UInt8] = []

    static func post(_ path: String, json: String, headers: [String] = []) -> BenchRequest {
        BenchRequest(
            method: "POST", path: path, headers: ["Content-Type: application/json"] + headers, body: Array(json.utf8))
    }

    /// As it goes over the wire.
    func bytes(port: UInt16) -> [UInt8] {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: 127.0.0.1:\(port)"] + headers
        if method != "GET" { lines.append("Content-Length: \(body.count)") }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
    }
}
