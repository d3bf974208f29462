import Foundation
import Testing
import WorkerProtocol

@Suite("A job's progress is shared through memory")
struct JobProgressTests {
    @Test("the other side reads the stage, and since when it lasts")
    func shared() throws {
        let server = try JobProgress()
        let worker = try JobProgress(Descriptor(owning: dup(server.descriptor.number)))
        server.begin()
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

    @Test("a descriptor of something else is refused")
    func notMemory() {
        #expect(throws: ProgressError.self) { _ = try JobProgress(Descriptor(owning: -1)) }
    }
}
