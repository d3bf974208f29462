import Foundation
import PageStorage
import Testing

@Suite("Queue: several servers at once")
struct QueueRaceTests {
    @Test(
        "a program is held by one server at a time, and each of its jobs runs once and in order",
        arguments: StorageKind.allCases, [1, 4])
    func lanes(kind: StorageKind, programs: Int) throws {
        let queue = try TestQueue(kind, programs: programs, servers: 3)
        let history = QueueHistory()
        let rounds = kind == .postgres ? 400 : 150
        _ = try onThreads(3) { number in
            var server = SimulatedServer(queue.servers[number], try queue.open(), history)
            for _ in 0..<rounds {
                let some = (0..<Int.random(in: 1...3)).compactMap { _ in queue.programs.randomElement() }
                switch Int.random(in: 0..<6) {
                case 0, 1, 2: try server.post(some, leaves: Bool.random())
                case 3, 4: try server.claim(lanes: Int.random(in: 1...3), jobs: Int.random(in: 1...2))
                default: try server.release(some[0].key)
                }
            }
            // What others left waiting in lanes that are held here is to be run before the lanes can go.
            while try server.claim(lanes: 9, jobs: 9) {}
            try server.releaseAll()
        }
        for server in queue.servers {
            var server = SimulatedServer(server, try queue.open(), history)
            while try server.claim(lanes: 9, jobs: 9) {}
            try server.releaseAll()
        }
        #expect(history.check() == [])
        #expect(try queue.test.sql("SELECT count(*) FROM lanes") == "0")
    }

    @Test("no job is invisible that is posted while its lane is released or claimed", arguments: StorageKind.allCases)
    func visibility(kind: StorageKind) throws {
        let queue = try TestQueue(kind, servers: 2)
        let (program, holder) = (queue.programs[0], queue.servers[1])
        let (storage, poster) = (try queue.open(), try Opponent(queue))
        let rounds = kind == .postgres ? 2000 : 300
        for round in 0..<rounds {
            let running = samplePost(program)
            let first = try storage.post(running, by: holder)
            let posted = try #require(first.claimedPosted, "round \(round)")
            _ = try storage.recordJob(sampleJob(id: running.id), claim: holder)
            let job = samplePost(program, round % 2 == 0 ? .leave : .take)
            let outcome = Box(PostedOutcome.programGone)
            poster.begin { storage in outcome.value = try storage.post(job, by: queue.servers[0]) }
            var claimed: [ClaimedLane] = []
            if round % 3 == 0 {
                claimed = try storage.claimLanes(by: holder, lanes: 1, jobsPerLane: 9)
            } else {
                _ = try storage.releaseLanes([(program.key, posted)], by: holder)
            }
            try poster.end()
            for server in queue.servers { claimed += try storage.claimLanes(by: server, lanes: 9, jobsPerLane: 9) }
            let isSeen = claimed.flatMap(\.jobs).map(\.id) == [job.id]
            try #require(isSeen != (outcome.value.claimedPosted != nil), "round \(round)")
            // Clears the table for the next round.
            for server in queue.servers { try storage.releaseUnknown(knownJobs: [], knownLanes: [], by: server) }
            while let lane = try storage.claimLanes(by: holder, lanes: 1, jobsPerLane: 9).first {
                for job in lane.jobs { _ = try storage.recordJob(sampleJob(id: job.id), claim: holder) }
                _ = try storage.releaseLanes([(lane.key, lane.posted)], by: holder)
            }
        }
    }

    @Test("posts of a server that is declared dead meanwhile leave nothing held", arguments: StorageKind.allCases)
    func death(kind: StorageKind) throws {
        let queue = try TestQueue(kind, programs: 3, servers: 1)
        let (storage, poster, raw) = (try queue.open(), try Opponent(queue), try RawStorage(queue.test))
        var accepted = 0
        for _ in 0..<(kind == .postgres ? 300 : 100) {
            let server = sampleServer()
            _ = try storage.registerServer(server, leaseMs: 600_000)
            let programs = queue.programs
            let posted = try storage.post(samplePost(programs[0]), by: server).claimedPosted
            poster.begin { storage in
                for number in 0..<6 {
                    let intent = posted.map { PostedJob.Intent.hold(posted: $0) } ?? .take
                    _ = try storage.post(samplePost(programs[0], intent), by: server)
                    let jobs = [samplePost(programs[0], intent), samplePost(programs[1 + number % 2], .take)]
                    _ = try storage.postJobs(jobs, by: server, wakesOthers: false)
                }
            }
            usleep(UInt32.random(in: 0..<3000))
            try storage.unregisterServer(server)
            try poster.end()
            accepted += 19
            let held = ["queue", "lanes"].map { "(SELECT count(*) FROM \($0) WHERE server IS NOT NULL)" }
            try #require(try raw.value("SELECT \(held.joined(separator: " + "))") == "0")
        }
        var found = 0
        for lane in try storage.claimLanes(by: queue.servers[0], lanes: 9, jobsPerLane: 100_000) {
            found += lane.jobs.count
        }
        #expect(found == accepted)
    }

    @Test("of a commit and a cancellation exactly one wins", arguments: StorageKind.allCases)
    func cancellation(kind: StorageKind) throws {
        let queue = try TestQueue(kind)
        let (storage, other) = (try queue.open(), try Opponent(queue))
        let (program, server) = (queue.programs[0], queue.servers[0])
        var version: Int64 = 0
        var wins = 0
        let rounds = kind == .postgres ? 400 : 100
        for _ in 0..<rounds {
            let job = samplePost(program)
            try #require(try storage.post(job, by: server).claimedPosted != nil)
            let cancelled = sampleJob(id: job.id, state: "cancelled")
            let isCancelled = Box(false)
            other.begin { isCancelled.value = try $0.cancelJob(cancelled) }
            if Bool.random() { usleep(UInt32.random(in: 0..<400)) }
            var commit = sampleCommit(program.key, version: version, pages: [(1, zeroPage)], job: sampleJob(id: job.id))
            commit.claim = server
            let result = try storage.commit(commit)
            try other.end()
            if isCancelled.value {
                #expect(result == .jobAlreadyRecorded)
            } else {
                version += 1
                wins += 1
                #expect(result == .committed(version: version))
            }
            #expect(try storage.job(id: job.id)?.state == (isCancelled.value ? "cancelled" : "finished"))
            #expect(try storage.program(id: "p0")?.version == version)
            try storage.releaseUnknown(knownJobs: [], knownLanes: [], by: server)
            _ = try storage.claimLanes(by: server, lanes: 9, jobsPerLane: 9)
        }
        #expect((1..<rounds).contains(wins))
    }

    @Test(
        "posts of the same programs and keys in any order never hold each other up for good",
        arguments: [StorageKind.postgres])
    func deadlocks(kind: StorageKind) throws {
        let queue = try TestQueue(kind, programs: 6, servers: 3)
        let storage = try queue.open()
        // Each server holds two of the programs.
        var held: [Int64] = []
        for number in 0..<6 {
            held.append(
                try #require(
                    try storage.post(samplePost(queue.programs[number]), by: queue.servers[number / 2]).claimedPosted))
        }
        let lanes = held
        let accepted = try onThreads(3) { number in
            let storage = try queue.open()
            var accepted = 0
            for round in 0..<200 {
                let jobs = (0..<6).shuffled().map { program in
                    let key = IdempotencyKey(key: "\(round)-\(program)", fingerprint: [1], keptMs: 60_000)
                    let intent = program / 2 == number ? PostedJob.Intent.hold(posted: lanes[program]) : .take
                    return samplePost(queue.programs[program], intent, key: key)
                }
                let outcomes = try storage.postJobs(jobs, by: queue.servers[number], wakesOthers: true)
                accepted += outcomes.count { $0.position != nil }
            }
            return accepted
        }
        #expect(accepted.reduce(0, +) == 1200)
    }
}
