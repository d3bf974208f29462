import PageStorage
import Testing
import WorkerProtocol

@testable import Scheduler

@Suite("Sharing the work with other servers")
struct WorkSharingTests {
    private let start = ContinuousClock.now
    private let key = ProgramKey(bytes: UUIDv7.next().bytes)

    private func load(ready: Int, hasIdleWorker: Bool = false) -> WorkSharing.Load {
        WorkSharing.Load(workers: 2, hasIdleWorker: hasIdleWorker, ready: ready)
    }

    private func sharing(with others: OtherServers) -> WorkSharing {
        var sharing = WorkSharing(from: start)
        sharing.note(others, at: start)
        return sharing
    }

    @Test("alone, a server takes all, and claims enough to have its workers busy")
    func alone() {
        var sharing = WorkSharing(from: start)
        #expect(sharing.isAlone && sharing.takesNew(load(ready: 1_000_000)))
        #expect(sharing.wantsLanes(load(ready: 0)) && !sharing.wantsLanes(load(ready: 2)))
        #expect(sharing.lanesToClaim(load(ready: 3), looksForJobs: false, at: start) == 5)
        sharing.noteClaim(found: 0, of: 5)
        #expect(sharing.lanesToClaim(load(ready: 3), looksForJobs: false, at: start) == 0)
        #expect(sharing.lanesToClaim(load(ready: 3), looksForJobs: true, at: start) == 5)
        sharing.noteClaim(found: 5, of: 5)
        #expect(sharing.lanesToClaim(load(ready: 3), looksForJobs: false, at: start) == 5)
        #expect(sharing.programsToGiveBack(load(ready: 3)) == 0)
    }

    @Test("a server with others takes new programs as long as not too many wait here")
    func newPrograms() {
        let sharing = sharing(with: OtherServers(count: 1))
        #expect(sharing.takesNew(load(ready: 15)) && !sharing.takesNew(load(ready: 16)))
    }

    @Test("with enough to do here, lanes are claimed from time to time all the same, lest they wait for ever")
    func fairClaims() {
        var sharing = sharing(with: OtherServers(count: 1))
        let (most, interval) = (2 * WorkSharing.claimedPerWorker, WorkSharing.fairClaimInterval)
        #expect(sharing.lanesToClaim(load(ready: 9), looksForJobs: false, at: start) == most)
        #expect(sharing.lanesToClaim(load(ready: 9), looksForJobs: true, at: start + interval / 2) == 0)
        // Those that were claimed and have not begun count.
        sharing.noteClaimed(key)
        #expect(sharing.lanesToClaim(load(ready: 9), looksForJobs: false, at: start + interval) == most - 1)
        sharing.noteBegun(key)
        #expect(sharing.lanesToClaim(load(ready: 9), looksForJobs: false, at: start + interval * 2) == most)
        sharing.noteClaimed(key)
        sharing.noteAllLost()
        #expect(sharing.lanesToClaim(load(ready: 9), looksForJobs: false, at: start + interval * 3) == most)
        // Not if nothing says that there are any.
        sharing.noteClaim(found: 0, of: most)
        #expect(sharing.lanesToClaim(load(ready: 9), looksForJobs: true, at: start + interval * 4) == 0)
        sharing.noteWaiting()
        #expect(sharing.lanesToClaim(load(ready: 9), looksForJobs: false, at: start + interval * 4) == most)
    }

    @Test("servers with nothing to do come first, if they come in time")
    func idleServers() {
        var sharing = sharing(with: OtherServers(count: 1, idle: 1))
        let (most, patience) = (2 * WorkSharing.claimedPerWorker, WorkSharing.patienceWithIdle)
        #expect(!sharing.takesNew(load(ready: 0)) && !sharing.wantsLanes(load(ready: 0)))
        #expect(sharing.lanesToClaim(load(ready: 0), looksForJobs: true, at: start + patience / 2) == 0)
        #expect(sharing.lanesToClaim(load(ready: 0), looksForJobs: true, at: start + patience) == most)
        #expect(sharing.lanesToClaim(load(ready: 0), looksForJobs: true, at: start + patience * 1.5) == 0)
        // Where there is a worker for them they are no worse off here.
        #expect(sharing.takesNew(load(ready: 1, hasIdleWorker: true)))
        #expect(sharing.wantsLanes(load(ready: 1, hasIdleWorker: true)))
        #expect(
            sharing.lanesToClaim(load(ready: 1, hasIdleWorker: true), looksForJobs: false, at: start + patience) == 1)
        // Nobody is idle any more.
        sharing.note(OtherServers(count: 1), at: start + patience * 1.5)
        let soon = start + patience * 1.5 + WorkSharing.fairClaimInterval
        #expect(sharing.lanesToClaim(load(ready: 2), looksForJobs: false, at: soon) == most)
    }

    @Test("what waits here is given back to servers with nothing to do, once for each time they say so")
    func givenBack() {
        var sharing = sharing(with: OtherServers(count: 3, idle: 2))
        #expect(sharing.programsToGiveBack(load(ready: 9, hasIdleWorker: true)) == 0)
        #expect(sharing.programsToGiveBack(load(ready: 9)) == 16)
        sharing.noteGivenBack(at: start)
        #expect(sharing.programsToGiveBack(load(ready: 9)) == 0)
        sharing.note(OtherServers(count: 3, idle: 1), at: start)
        #expect(sharing.programsToGiveBack(load(ready: 9)) == 8)
        // It is not had again at once.
        sharing.noteGivenBack(at: start)
        let patience = WorkSharing.patienceWithIdle
        #expect(sharing.lanesToClaim(load(ready: 0), looksForJobs: true, at: start + patience / 2) == 0)
        #expect(sharing.lanesToClaim(load(ready: 0), looksForJobs: true, at: start + patience) > 0)
    }

    @Test("when a server has gone, what it has left is looked for")
    func serverGone() {
        var sharing = sharing(with: OtherServers(count: 2))
        sharing.noteClaim(found: 0, of: 1)
        sharing.note(OtherServers(count: 2), at: start)
        #expect(!sharing.wantsLanes(load(ready: 0)))
        sharing.note(OtherServers(count: 1), at: start)
        #expect(sharing.wantsLanes(load(ready: 0)))
    }
}
