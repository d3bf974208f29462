import Testing

@testable import Scheduler

@Suite("Who goes next")
struct JobQueueTests {
    private func queue(_ items: [(String, Lane)], limit: Int = 100) -> JobQueue<String> {
        var queue = JobQueue<String>(limit: limit)
        for (item, lane) in items where !queue.append(item, to: lane) { Issue.record("\(item) is left out") }
        return queue
    }

    private let a = Lane.program(key("a"))
    private let b = Lane.program(key("b"))
    private let c = Lane.program(key("c"))

    @Test("items of one program go one at a time, in order")
    func oneProgram() {
        var queue = queue([("1", a), ("2", a), ("3", a)])
        for expected in ["1", "2", "3"] {
            #expect(queue.next()?.item == expected)
            #expect(queue.next() == nil)
            queue.finished(a)
        }
        #expect(queue.next() == nil)
        #expect(queue.waiting == 0)
    }

    @Test("programs go side by side")
    func sideBySide() {
        var queue = queue([("a1", a), ("a2", a), ("b1", b), ("c1", c)])
        #expect(queue.next()?.item == "a1")
        #expect(queue.next()?.item == "b1")
        #expect(queue.next()?.item == "c1")
        #expect(queue.next() == nil)
        queue.finished(b)
        #expect(queue.next() == nil)
        queue.finished(a)
        #expect(queue.next()?.item == "a2")
    }

    @Test("a program with much to do lets the others go in between")
    func turns() {
        var queue = queue((1...5).map { ("a\($0)", a) } + [("b1", b), ("b2", b), ("c1", c)])
        var order: [String] = []
        while let (item, lane) = queue.next() {
            order.append(item)
            queue.finished(lane)
        }
        #expect(order == ["a1", "b1", "c1", "a2", "b2", "a3", "a4", "a5"])
    }

    @Test("no more uploads go side by side than may, whatever waits")
    func uploadsAtOnce() {
        var queue = JobQueue<String>(limit: 10, uploadsAtOnce: 2)
        for item in ["u1", "u2", "u3"] { _ = queue.append(item, to: .uploads) }
        #expect(queue.next()?.item == "u1")
        #expect(queue.next()?.item == "u2")
        #expect(queue.next() == nil)
        _ = queue.append("a1", to: a)
        #expect(queue.next()?.item == "a1")
        queue.finished(.uploads)
        #expect(queue.next()?.item == "u3")
    }

    @Test("uploads go side by side, and take turns with the programs")
    func uploads() {
        var queue = queue([("u1", .uploads), ("u2", .uploads), ("u3", .uploads), ("a1", a), ("a2", a)])
        let order = (0..<4).compactMap { _ in queue.next()?.item }
        #expect(order == ["u1", "a1", "u2", "u3"])
        #expect(queue.next() == nil)
    }

    @Test("one more than the limit is left out, until one was taken")
    func limit() {
        var queue = queue([("1", a), ("2", b)], limit: 2)
        var accepted = [queue.append("3", to: c)]
        #expect(queue.waiting == 2)
        _ = queue.next()
        accepted.append(queue.append("3", to: c))
        accepted.append(queue.append("4", to: .uploads))
        #expect(accepted == [false, true, false])
    }

    @Test("an item that was put back is the next again, before later ones of its program")
    func putBack() {
        var queue = queue([("a1", a), ("a2", a), ("b1", b)])
        #expect(queue.next()?.item == "a1")
        queue.putBack("a1", to: a)
        #expect(queue.waiting == 3)
        let order = (0..<2).compactMap { _ in queue.next()?.item }
        #expect(order == ["a1", "b1"])
        queue.finished(a)
        #expect(queue.next()?.item == "a2")
    }

    @Test("an upload that was put back is the next again, once")
    func putBackUpload() {
        var queue = queue([("u1", .uploads), ("u2", .uploads)])
        #expect(queue.next()?.item == "u1")
        queue.putBack("u1", to: .uploads)
        let order = (0..<3).compactMap { _ in queue.next()?.item }
        #expect(order == ["u1", "u2"])
    }

    @Test("emptied, the queue still knows which programs are busy")
    func removeAll() {
        var queue = queue([("a1", a), ("a2", a), ("b1", b), ("u1", .uploads)])
        _ = queue.next()
        #expect(Set(queue.removeAll()) == ["a2", "b1", "u1"])
        #expect(queue.waiting == 0)
        _ = queue.append("a3", to: a)
        #expect(queue.next() == nil)
        queue.finished(a)
        #expect(queue.next()?.item == "a3")
    }

    @Test("the first item near its turn that is as wanted can be taken, one of a program at a time")
    func nextWhere() {
        var queue = queue([("a1", a), ("b1", b), ("b2", b), ("u1", .uploads)])
        #expect(queue.next(where: { $0.hasPrefix("b") })?.item == "b1")
        #expect(queue.next(where: { $0.hasPrefix("b") }) == nil)
        #expect(queue.next(where: { $0 == "c" }) == nil)
        #expect(queue.waiting == 3)
        queue.finished(b)
        #expect(queue.next(where: { $0.hasPrefix("b") })?.item == "b2")
        #expect(queue.next()?.item == "a1")
    }

    @Test("preferred programs go first, but those that wait are not overtaken for ever")
    func overtaking() {
        var queue = queue([("b1", b), ("c1", c), ("a", a)])
        var order: [String] = []
        while order.count < 200, let (item, lane) = queue.next(rather: { $0 == a }) {
            order.append(item)
            queue.finished(lane)
            if lane == a { _ = queue.append("a", to: a) }
        }
        #expect(order[..<20].allSatisfy { $0 == "a" })
        let (first, second) = (order.firstIndex(of: "b1") ?? .max, order.firstIndex(of: "c1") ?? .max)
        // One that is as old as another one need not be as patient again.
        #expect(first <= 70 && second <= first + 3)
    }

    @Test("what waits of one program can be taken out, and nothing else")
    func removeWaiting() {
        var queue = queue([("a1", a), ("a2", a), ("b1", b), ("a3", a)])
        #expect(queue.next()?.item == "a1")
        #expect(queue.removeWaiting(of: a) == ["a2", "a3"])
        #expect(queue.removeWaiting(of: a) == [])
        #expect(queue.waiting == 1)
        #expect(queue.next()?.item == "b1")
        _ = queue.append("a4", to: a)
        #expect(queue.next() == nil)
        queue.finished(a)
        #expect(queue.next()?.item == "a4")
        #expect(queue.removeWaiting(of: b) == [])
        queue.finished(b)
        _ = queue.append("b2", to: b)
        #expect(queue.removeWaiting(of: b) == ["b2"])
        #expect(queue.next() == nil)
    }

    /// The rules by themselves, checked on every step of a random course.
    private struct Model {
        var waiting: [Lane: [Int]] = [:]
        var taken: [Lane: [Int]] = [:]
        /// For each lane with an item that could go: how many items of others went since.
        var passedOver: [Lane: Int] = [:]
        let uploadsAtOnce: Int

        func canGo(_ lane: Lane) -> Bool {
            !waiting[lane, default: []].isEmpty
                && taken[lane, default: []].count < (lane == .uploads ? uploadsAtOnce : 1)
        }
    }

    @Test("a random course keeps order, keeps to one at a time, lets no one wait for more than one turn of each other")
    func randomCourse() {
        let lanes: [Lane] = [.uploads] + (0..<6).map { .program(key("\($0)")) }
        for round in 0..<60 {
            let uploadsAtOnce = [1, 2, .max][round % 3]
            var queue = JobQueue<Int>(limit: 30, uploadsAtOnce: uploadsAtOnce)
            var model = Model(uploadsAtOnce: uploadsAtOnce)
            for step in 0..<400 {
                switch Int.random(in: 0..<10) {
                case 0..<4:
                    let lane = lanes.randomElement() ?? .uploads
                    let waiting = model.waiting.values.reduce(0) { $0 + $1.count }
                    let isAccepted = queue.append(step, to: lane)
                    #expect(isAccepted == (waiting < 30))
                    if isAccepted { model.waiting[lane, default: []].append(step) }
                case 4..<8:
                    take(from: &queue, &model, lanes)
                default:
                    guard let lane = model.taken.filter({ !$0.value.isEmpty }).keys.randomElement() else { continue }
                    model.taken[lane]?.removeLast()
                    queue.finished(lane)
                }
                #expect(queue.waiting == model.waiting.values.reduce(0) { $0 + $1.count })
            }
        }
    }

    private func take(from queue: inout JobQueue<Int>, _ model: inout Model, _ lanes: [Lane]) {
        guard let (item, lane) = queue.next() else {
            #expect(!lanes.contains(where: model.canGo))
            return
        }
        #expect(model.canGo(lane))
        let expected = model.waiting[lane]?.removeFirst()
        #expect(item == expected)
        let passedOverBefore = model.passedOver
        for other in lanes where other != lane && model.canGo(other) { model.passedOver[other, default: 0] += 1 }
        model.passedOver[lane] = 0
        #expect(model.passedOver.values.allSatisfy { $0 <= lanes.count })
        model.taken[lane, default: []].append(item)
        if Int.random(in: 0..<10) == 0 {
            model.taken[lane]?.removeLast()
            model.waiting[lane, default: []].insert(item, at: 0)
            queue.putBack(item, to: lane)
            // It was no turn; but uploads have moved on in line already.
            model.passedOver = passedOverBefore
            if lane == .uploads { model.passedOver[lane] = 0 }
        }
    }
}

@Suite("How long a refused client is told to wait")
struct LoadEstimateTests {
    @Test("the time to work the queue off, from 1 to 60 seconds")
    func retryAfter() {
        var estimate = LoadEstimate()
        #expect(estimate.retryAfter(waiting: 1000, workers: 4) == 1)
        estimate.note(.milliseconds(500))
        #expect(estimate.retryAfter(waiting: 100, workers: 4) == 13)
        #expect(estimate.retryAfter(waiting: 1, workers: 4) == 1)
        #expect(estimate.retryAfter(waiting: 1000, workers: 4) == 60)
        for _ in 0..<200 { estimate.note(.milliseconds(10)) }
        #expect(estimate.retryAfter(waiting: 1000, workers: 4) == 3)
    }
}

@Suite("First in, first out")
struct FifoTests {
    @Test("a random course goes as with an array")
    func randomCourse() {
        var fifo = Fifo<Int>()
        var array: [Int] = []
        for step in 0..<20_000 {
            switch Int.random(in: 0..<20) {
            case 0..<10:
                fifo.append(step)
                array.append(step)
            case 10:
                fifo.prepend(step)
                array.insert(step, at: 0)
            default:
                let expected = array.isEmpty ? nil : array.removeFirst()
                #expect(fifo.popFirst() == expected)
            }
            #expect(fifo.count == array.count)
            #expect(fifo.isEmpty == array.isEmpty)
            #expect(fifo.next == array.first)
        }
    }
}
