import PageStorage
import Testing

@testable import Scheduler

@Suite("The id under which a server holds what it holds")
struct ServerLifeTests {
    private let life = ServerLife()

    @Test("it is current once it is registered, and not before: a renewal would find no lease")
    func registered() throws {
        let server = try life.begin { _ in #expect(life.current == nil) }
        #expect(life.current == server)
        #expect(life.end(server) && !life.end(server))
        #expect(life.current == nil)
        #expect(life.takePast() == [server] && life.takePast().isEmpty)
    }

    @Test("one of which nobody knows whether it is registered is over, and another one follows")
    func unknown() throws {
        var tried: [ServerID] = []
        #expect(throws: StorageError.self) {
            try life.begin { server throws(StorageError) in
                tried.append(server)
                throw .unavailable("gone")
            }
        }
        #expect(life.current == nil && life.takePast() == tried)
        #expect(try life.begin { _ in } != tried.first)
    }
}
