import PageStorage
import Testing
import WorkerProtocol

@testable import Scheduler

@Suite("Which programs' jobs are quick")
struct PaceBookTests {
    private let program = ProgramKey(bytes: UUIDv7.next().bytes)

    /// Whether the program is taken for quick after jobs that took so long.
    private func isQuick(after paces: Pace...) -> Bool {
        var book = PaceBook()
        for pace in paces { book.note(pace, of: program) }
        return book.isQuick(program)
    }

    @Test("not before one of its jobs was")
    func unknown() {
        #expect(!isQuick())
        #expect(!isQuick(after: .slow))
        #expect(isQuick(after: .slow, .quick))
    }

    @Test("still after a slow one, not after two of them in a row")
    func slow() {
        #expect(isQuick(after: .quick, .slow))
        #expect(isQuick(after: .quick, .slow, .quick, .slow))
        #expect(!isQuick(after: .quick, .slow, .slow))
        #expect(!isQuick(after: .quick, .slow, .slow, .slow))
        #expect(isQuick(after: .quick, .slow, .slow, .quick))
    }

    @Test("not after a long one")
    func long() {
        #expect(!isQuick(after: .quick, .long))
        #expect(!isQuick(after: .quick, .long, .slow))
        #expect(isQuick(after: .quick, .long, .quick))
    }
}
