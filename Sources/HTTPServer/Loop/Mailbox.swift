import Synchronization

/// What handlers and callers say to the loop. Posting never waits.
final class Mailbox: Sendable {
    let signal: WakeSignal
    private let state = Mutex(State())

    private struct State {
        var messages: [LoopMessage] = []
        var isLoopAsleep = false
        var isClosed = false
    }

    init() throws(HTTPServerError) { signal = try WakeSignal() }

    /// Wakes the loop only if it sleeps and nobody has woken it yet: under load that saves nearly all wake-ups.
    func post(_ message: LoopMessage) {
        let (isAccepted, wakes) = state.withLock { state in
            guard !state.isClosed else { return (false, false) }
            state.messages.append(message)
            defer { state.isLoopAsleep = false }
            return (true, state.isLoopAsleep)
        }
        if wakes { signal.raise() }
        if !isAccepted { message.reject() }
    }

    /// Takes all messages, in order, in exchange for an empty array.
    func takeAll(into messages: inout [LoopMessage]) {
        messages.removeAll(keepingCapacity: true)
        state.withLock { state in
            swap(&messages, &state.messages)
            state.isLoopAsleep = false
        }
    }

    /// Whether the loop may wait: no message is here, and the next one wakes it.
    func prepareToSleep() -> Bool {
        state.withLock { state in
            state.isLoopAsleep = state.messages.isEmpty
            return state.isLoopAsleep
        }
    }

    /// Turns away what is here and what is still to come.
    func close() {
        let left = state.withLock { state in
            state.isClosed = true
            defer { state.messages = [] }
            return state.messages
        }
        for message in left { message.reject() }
    }
}
