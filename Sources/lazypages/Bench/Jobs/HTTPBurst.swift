import Foundation

/// Requests that are all there at once, over as many connections as there are.
enum HTTPBurst {
    private static let patience: Int32 = 60_000

    /// - Parameter isFinal: whether the answer to a request ends it; if not, the request is sent again.
    /// - Returns: the answers' bodies, in the order of the requests.
    static func send(
        _ requests: [[UInt8]], port: UInt16, connections: Int, _ isFinal: (Int, Data) -> Bool = { _, _ in true }
    ) throws -> [Data] {
        let clients = try (0..<min(connections, requests.count)).map { _ in
            try LoadConnection(host: "127.0.0.1", port: port)
        }
        var answers = [Data](repeating: Data(), count: requests.count)
        var next = clients.count
        /// Which request is under way on which connection.
        var current = Array(clients.indices)
        var sockets = clients.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        for (client, request) in zip(clients, requests) { guard client.send(request) else { throw broken() } }
        var missing = requests.count
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while missing > 0 {
            let ready = poll(&sockets, nfds_t(sockets.count), patience)
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { throw broken() }
            for index in sockets.indices where sockets[index].revents != 0 {
                switch clients[index].receive(into: &buffer) {
                case .incomplete: continue
                case .broken: throw broken()
                case .answered(let status):
                    let body = Data(clients[index].body)
                    guard (200..<300).contains(status) else {
                        throw Failure(
                            .service, "a request was answered \(status): \(String(decoding: body, as: UTF8.self))")
                    }
                    if isFinal(current[index], body) {
                        answers[current[index]] = body
                        missing -= 1
                        guard next < requests.count else {
                            sockets[index].fd = -1
                            continue
                        }
                        current[index] = next
                        next += 1
                    }
                    guard clients[index].send(requests[current[index]]) else { throw broken() }
                }
            }
        }
        return answers
    }

    private static func broken() -> Failure { Failure(.service, "a connection broke, or fell silent") }
}
