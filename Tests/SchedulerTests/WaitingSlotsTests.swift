import Testing

@testable import Scheduler

@Suite("Which waiting worker has the next job")
struct WaitingSlotsTests {
    private let a = Lane.program(key("a"))
    private let b = Lane.program(key("b"))

    private func waiting(_ slots: Int...) -> WaitingSlots {
        var waiting = WaitingSlots()
        for slot in slots { waiting.add(slot, hasRun: true) }
        return waiting
    }

    // The one that has run something last is the last.
    @Test("the one that ran the program last, however long others have waited")
    func affinity() {
        var slots = waiting(2, 1, 0)
        #expect(slots.take(for: a) == 0)
        #expect(slots.take(for: b) == 1)
        slots.add(1, hasRun: true)
        slots.add(0, hasRun: true)
        #expect(slots.take(for: a) == 0)
        #expect(slots.take(for: b) == 1)
        #expect(slots.take(for: .program(key("c"))) == 2)
    }

    @Test("any other if that one is at work, and from then on the other")
    func noWaiting() {
        var slots = waiting(1, 0)
        #expect(slots.take(for: a) == 0)
        #expect(slots.take(for: a) == 1)
        slots.add(1, hasRun: true)
        slots.add(0, hasRun: true)
        #expect(slots.take(for: a) == 1)
    }

    @Test("else the one that has run something last; none if none waits")
    func order() {
        var slots = waiting(1, 0, 2)
        slots.remove(0)
        #expect(slots.warmest == 2)
        #expect(slots.take(for: a) == 2)
        #expect(!slots.isEmpty)
        #expect(slots.take(for: .uploads) == 1)
        #expect(slots.isEmpty)
        #expect(slots.take(for: a) == nil)
    }

    @Test("the one that has run something last can be had for any program, which it knows from then on")
    func warmest() {
        var slots = waiting(0, 1)
        #expect(slots.take(for: a) == 1)
        #expect(slots.takeWarmest(for: a) == 0)
        #expect(slots.knows(0, a) && !slots.knows(1, a))
        slots.note(1, for: a)
        #expect(slots.knows(1, a) && !slots.know(a))
        #expect(slots.takeWarmest(for: a) == nil)
    }

    @Test("one that has run nothing since it waited last comes after all others, as long as it may have waited")
    func cold() {
        var slots = waiting(0, 1)
        slots.remove(0)
        slots.add(0, hasRun: false)
        #expect(slots.warmest == 1 && slots.coldest == 0)
        slots.remove(1)
        slots.add(1, hasRun: false)
        #expect(slots.warmest == 0 && slots.coldest == 1)
    }

    @Test("uploads do not stick to a worker")
    func uploads() {
        var slots = waiting(1, 0)
        #expect(slots.take(for: .uploads) == 0)
        slots.add(0, hasRun: true)
        slots.add(2, hasRun: true)
        #expect(slots.take(for: .uploads) == 2)
    }
}
