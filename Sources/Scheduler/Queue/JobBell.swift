import Foundation
import PageStorage
import Synchronization

/// The thread that hears of jobs which other servers leave for this one. Without it they would be found as well, later.
final class JobBell: Sendable {
    private let dispatcher: Dispatcher
    private let keeper: QueueKeeper
    private let connection: QueueConnection
    private let isStopping = Atomic(false)

    init(dispatcher: Dispatcher, keeper: QueueKeeper, connection: QueueConnection) {
        self.dispatcher = dispatcher
        self.keeper = keeper
        self.connection = connection
    }

    /// Lets `run` return within a second.
    func stop() { isStopping.store(true, ordering: .relaxed) }

    func run() {
        while !isStopping.load(ordering: .relaxed) {
            // Alone there is nobody who could ring.
            guard !dispatcher.isAlone else {
                usleep(200_000)
                continue
            }
            do throws(StorageError) {
                if try connection.opened().waitForPostedJobs(within: .milliseconds(500)) {
                    dispatcher.noteCalled()
                    keeper.wake()
                }
            } catch {
                usleep(500_000)
            }
        }
    }
}
