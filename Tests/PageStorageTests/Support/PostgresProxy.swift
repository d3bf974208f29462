import Foundation
import PageStorage

/// Stands between a storage and its server; loses answers, holds statements back, and counts what is answered.
final class PostgresProxy: @unchecked Sendable {  // `lock` guards what changes.
    enum Fault {
        /// The client's connection ends at the moment when the server gets the statement.
        case loseAnswer
        /// The client's connection ends, and the server gets the statement only from `releaseHeld`.
        case holdBack
    }

    /// The folder of the proxy's socket: the `host` of a connection string.
    let folder: String

    private let serverFolder: String
    private let listener: Int32
    private let lock = NSLock()
    private var armed: (text: [UInt8], fault: Fault)?
    private var held: (server: Int32, bytes: [UInt8])?
    private var answered = 0

    init(before serverFolder: String) throws {
        self.serverFolder = serverFolder
        folder = "\(try TemporaryFolder.ofThisProcess())/\(UInt16.random(in: .min ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let isBound = Self.withAddress(folder) { bind(listener, $0, $1) } == 0
        guard isBound, listen(listener, 16) == 0 else { throw StorageError.failed("cannot listen in \(folder)") }
        Thread { [self] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                serve(client)
            }
        }.start()
    }

    /// Ends the proxy's listening; connections that stand stay.
    func close() { shutdown(listener, Int32(SHUT_RDWR)) }

    /// How many bytes the server has answered since the last call.
    func takeAnsweredBytes() -> Int {
        lock.withLock {
            defer { answered = 0 }
            return answered
        }
    }

    /// Has `fault` happen to the next statement that contains `text`, in itself or in a parameter. A statement without
    /// parameters ends with a zero byte.
    func arm(_ fault: Fault, at text: String) { arm(fault, at: Array(text.utf8)) }

    /// The same for bytes, such as those of an id.
    func arm(_ fault: Fault, at bytes: [UInt8]) { lock.withLock { armed = (bytes, fault) } }

    /// Whether the fault has happened.
    var hasStruck: Bool { lock.withLock { armed == nil } }

    /// Gives the statement that was held back to the server, and waits until it has been done.
    func releaseHeld() {
        guard let held = lock.withLock({ self.held }) else { return }
        _ = Self.write(held.bytes, to: held.server)
        shutdown(held.server, Int32(SHUT_WR))
        while let bytes = Self.read(held.server), !bytes.isEmpty {}
    }

    // MARK: Connections

    private func serve(_ client: Int32) {
        let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard Self.withAddress(serverFolder, { connect(server, $0, $1) }) == 0 else {
            _ = shutdown(client, Int32(SHUT_RDWR))
            return
        }
        Thread { [self] in
            while let bytes = Self.read(server), !bytes.isEmpty {
                lock.withLock { answered += bytes.count }
                _ = Self.write(bytes, to: client)
            }
            shutdown(client, Int32(SHUT_RDWR))
        }.start()
        Thread { [self] in forward(from: client, to: server) }.start()
    }

    private func forward(from client: Int32, to server: Int32) {
        var messages = PostgresMessages()
        var caught: (fault: Fault, bytes: [UInt8])?
        while let bytes = Self.read(client), !bytes.isEmpty {
            messages.append(bytes)
            while let message = messages.next() {
                if caught == nil, let fault = takeFault(for: message) { caught = (fault, []) }
                guard caught != nil else {
                    _ = Self.write(message, to: server)
                    continue
                }
                caught?.bytes += message
                if let caught, PostgresMessages.endsStatement(message) {
                    return strike(caught.fault, caught.bytes, client: client, server: server)
                }
            }
        }
        shutdown(server, Int32(SHUT_RDWR))
    }

    private func takeFault(for message: [UInt8]) -> Fault? {
        lock.withLock {
            guard let armed, Data(message).range(of: Data(armed.text)) != nil else { return nil }
            self.armed = nil
            return armed.fault
        }
    }

    private func strike(_ fault: Fault, _ statement: [UInt8], client: Int32, server: Int32) {
        switch fault {
        case .loseAnswer:
            shutdown(client, Int32(SHUT_RDWR))
            _ = Self.write(statement, to: server)
            shutdown(server, Int32(SHUT_WR))
        case .holdBack:
            lock.withLock { held = (server, statement) }
            shutdown(client, Int32(SHUT_RDWR))
        }
    }

    // MARK: Sockets

    private static func withAddress<Value>(
        _ folder: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value
    ) -> Value {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { path in
            path.copyBytes(from: "\(folder)/.s.PGSQL.5432".utf8.prefix(path.count - 1))
        }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    /// Empty at the end of the stream, nil after an error.
    private static func read(_ socket: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = recv(socket, &bytes, bytes.count, 0)
        return count < 0 ? nil : Array(bytes.prefix(count))
    }

    private static func write(_ bytes: [UInt8], to socket: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(socket, $0.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }
}

/// Cuts what a client sends into the messages of PostgreSQL's protocol.
private struct PostgresMessages {
    private var buffer: [UInt8] = []
    private var isFirst = true

    mutating func append(_ bytes: [UInt8]) { buffer += bytes }

    /// A message is a letter, its length without the letter in four bytes, and its fields; the first has no letter.
    mutating func next() -> [UInt8]? {
        let letter = isFirst ? 0 : 1
        guard buffer.count >= letter + 4 else { return nil }
        let length = buffer[letter..<letter + 4].reduce(0) { $0 << 8 | Int($1) }
        guard buffer.count >= letter + length else { return nil }
        defer { buffer.removeFirst(letter + length) }
        isFirst = false
        return Array(buffer.prefix(letter + length))
    }

    /// Sync and a simple query: the server answers up to here.
    static func endsStatement(_ message: [UInt8]) -> Bool {
        message.first == UInt8(ascii: "S") || message.first == UInt8(ascii: "Q")
    }
}
