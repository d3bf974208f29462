import Synchronization

/// Handlers that run at once, but for those that wait.
final class HandlerSlots: Sendable {
    private let taken = Atomic(0)

    var count: Int { taken.load(ordering: .relaxed) }

    /// A handler's place among those that run at once.
    ///
    /// A handler that has nothing to do but to wait gives it up, so that any number of clients may wait and others are
    /// still served; connections bound how many that can be.
    final class Slot: Sendable {
        private let slots: HandlerSlots
        private let isHeld = Atomic(true)

        init(of slots: HandlerSlots) {
            self.slots = slots
            slots.taken.add(1, ordering: .relaxed)
        }

        func release() {
            if isHeld.exchange(false, ordering: .relaxed) { slots.taken.subtract(1, ordering: .relaxed) }
        }
    }
}
