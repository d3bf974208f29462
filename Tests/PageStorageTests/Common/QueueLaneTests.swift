import Foundation
import PageStorage
import Testing

@Suite("Queue: claims of lanes")
struct QueueLaneTests {
    @Test("one call claims more of several lanes, and what others have posted", arguments: StorageKind.allCases)
    func more(kind: StorageKind) throws {
        let queue = try TestQueue(kind, programs: 5, servers: 2)
        let (storage, me, other) = (try queue.open(), queue.servers[0], queue.servers[1])
        let keys = queue.programs.map(\.key)
        for program in queue.programs[..<4] { _ = try storage.post(samplePost(program), by: me) }
        _ = try storage.post(samplePost(queue.programs[4]), by: other)
        var posted: [[String]] = []
        for _ in 0..<3 {
            let jobs = [0, 2, 3].map { samplePost(queue.programs[$0]) }
            for job in jobs { #expect(try storage.post(job, by: other).isWaiting) }
            posted.append(jobs.map(\.id))
        }
        #expect(try storage.post(samplePost(queue.programs[4]), by: me).isWaiting)
        let lanes = try storage.claimMore(of: [keys[0], keys[1], keys[4]], orWaiting: 1, by: me, jobsPerLane: 2)
        #expect(Set(lanes.map(\.key)) == [keys[0], keys[1], keys[2]])
        let lane = Dictionary(uniqueKeysWithValues: lanes.map { ($0.key, $0) })
        #expect(lane[keys[0]]?.jobs.map(\.id) == posted[..<2].map { $0[0] } && lane[keys[0]]?.hasMore == true)
        #expect(lane[keys[1]]?.jobs.isEmpty == true && lane[keys[1]]?.hasMore == false)
        #expect(lane[keys[2]]?.jobs.map(\.id) == posted[..<2].map { $0[1] })
        // The numbers are those by which the lanes are held now.
        let number = try #require(lane[keys[2]]?.posted)
        #expect(try storage.post(samplePost(queue.programs[2], .hold(posted: number)), by: me).claimedPosted == number)
        let rest = try storage.claimMore(of: [keys[0], keys[2]], orWaiting: 9, by: me, jobsPerLane: 9)
        #expect(Set(rest.map(\.key)) == [keys[0], keys[2], keys[3]])
        #expect(rest.first { $0.key == keys[0] }?.jobs.map(\.id) == [posted[2][0]])
        #expect(rest.first { $0.key == keys[3] }?.jobs.count == 3)
        #expect(try storage.claimMore(of: [], orWaiting: 9, by: me, jobsPerLane: 9).isEmpty)
    }

    @Test("jobs whose ends are asked for are found, if they have ended", arguments: StorageKind.allCases)
    func ends(kind: StorageKind) throws {
        let queue = try TestQueue(kind)
        let storage = try queue.open()
        let jobs = (0..<3).map { _ in samplePost(queue.programs[0]) }
        _ = try storage.postJobs(jobs, by: queue.servers[0], wakesOthers: false)
        let records = [0, 2].map { sampleJob(id: jobs[$0].id) }
        for record in records { _ = try storage.recordJob(record, claim: queue.servers[0]) }
        let found = try storage.endedJobs(among: [jobs[2].id, jobs[1].id, jobs[0].id, jobID(), "no id"])
        #expect(found.sorted { $0.id < $1.id } == records.sorted { $0.id < $1.id })
        #expect(try storage.endedJobs(among: []).isEmpty)
    }

    @Test(
        "a lane that becomes visible behind others that were claimed is claimed before long",
        arguments: StorageKind.allCases, [true, false])
    func late(kind: StorageKind, isLongQueue: Bool) throws {
        let queue = try TestQueue(kind, programs: 12)
        let (storage, server) = (try queue.open(), queue.servers[0])
        for program in queue.programs { _ = try storage.post(samplePost(program, .leave), by: server) }
        let raw = try RawStorage(queue.test)
        // As if its transaction had taken its time.
        let late = queue.programs[0].key
        let id = late.bytes.map { String(format: "%02x", $0) }.joined()
        let name = kind == .postgres ? "'\(id)'" : "x'\(id)'"
        _ = try raw.value("UPDATE lanes SET waiting = \(kind == .postgres ? "false" : "0") WHERE program = \(name)")
        for _ in 0..<4 { #expect(try storage.claimLanes(by: server, lanes: 2, jobsPerLane: 1).count == 2) }
        _ = try raw.value("UPDATE lanes SET waiting = \(kind == .postgres ? "true" : "1") WHERE program = \(name)")
        if isLongQueue {
            var isFound = false
            let deadline = ContinuousClock.now + .seconds(60)
            // All that is claimed comes back behind it, so that no claim finds less than it asks for.
            while !isFound, .now < deadline {
                let lanes = try storage.claimLanes(by: server, lanes: 2, jobsPerLane: 1)
                #expect(lanes.count == 2)
                isFound = lanes.contains { $0.key == late }
                try storage.giveBackLanes(lanes.map(\.key), by: server)
            }
            #expect(isFound)
        } else {
            // Three are left behind the others, and it.
            #expect(try storage.claimLanes(by: server, lanes: 5, jobsPerLane: 1).map(\.key).contains(late))
        }
    }
}
