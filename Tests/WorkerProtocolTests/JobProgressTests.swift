import Foundation
import Synchronization
import Testing
import WorkerProtocol

@Suite("A job's progress is shared through memory")
struct JobProgressTests {
    @Test("the other side reads the stage, and since when it lasts")
    func shared() throws {
        let server = try JobProgress()
        let worker = try JobProgress(Descriptor(owning: dup(server.descriptor.number)))
        server.reset()
        #expect(worker.current.stage == .loading)
        for stage in [JobProgress.Stage.running(timeoutFactor: 1), .running(timeoutFactor: 16), .storing] {
            worker.enter(stage)
            #expect(server.current.stage == stage)
        }
        let before = ContinuousClock.now
        worker.enter(.running(timeoutFactor: 1))
        usleep(20_000)
        #expect(server.current.for >= .milliseconds(20) && server.current.for <= .now - before)
    }

    @Test("jobs are begun until the server takes back the rest")
    func begun() throws {
        let server = try JobProgress()
        let worker = try JobProgress(Descriptor(owning: dup(server.descriptor.number)))
        for _ in 0..<2 {
            server.reset()
            let begun = (0..<2).map { _ in worker.beginNext() }
            #expect(begun == [true, true] && server.begun == 2)
            #expect(server.close() == 2)
            let late = worker.beginNext()
            #expect(!late)
        }
    }

    @Test("a job is either begun or taken back, never both")
    func race() throws {
        let server = try JobProgress()
        for _ in 0..<200 {
            server.reset()
            let worker = try JobProgress(Descriptor(owning: dup(server.descriptor.number)))
            let begun = Mutex(0)
            let thread = Thread { [worker] in
                var count = 0
                while count < 1000, worker.beginNext() { count += 1 }
                begun.withLock { $0 = count }
                worker.enter(.storing)
            }
            thread.start()
            usleep(UInt32.random(in: 0..<60))
            let closed = server.close()
            while !thread.isFinished { usleep(20) }
            #expect(begun.withLock { $0 } == min(closed, 1000))
        }
    }

    @Test("a descriptor of something else is refused")
    func notMemory() {
        #expect(throws: ProgressError.self) { _ = try JobProgress(Descriptor(owning: -1)) }
    }
}
