import Foundation

/// What the threads of the worker slots ask.
extension Dispatcher {
    func addSlot() -> Int {
        locked {
            slots.append(Slot())
            return slots.count - 1
        }
    }

    /// Whether the slot is to have a (new) worker.
    /// - Parameter cause: why its last worker is gone; nil if it had none.
    func wantsWorker(slot: Int, insteadOf cause: RestartCause?) -> Bool {
        locked {
            replace(slot, by: Slot())
            guard hasWorkToCome else { return false }
            if let cause { restarts[cause, default: 0] += 1 }
            return true
        }
    }

    /// From now on the slot's process is killed when time is up.
    func adopt(_ process: ChildProcess, slot: Int) {
        locked {
            slots[slot].process = process
            if phase == .killing { process.killNow() }
        }
    }

    var isKilling: Bool { locked { phase == .killing } }

    /// Waits for work, but no longer than a second.
    func next(slot: Int) -> Assignment {
        let (wakeUp, isIdle, looksAgainSoon) = locked {
            beginToWait(slot: slot)
            handOut()
            return (slots[slot].wakeUp, slots[slot].given.isEmpty, slots[slot].looksAgainSoon)
        }
        if isIdle { signalKeeper() }
        _ = wakeUp.wait(timeout: .now() + (looksAgainSoon ? DispatchTimeInterval.milliseconds(10) : .seconds(1)))
        return locked {
            waitingSlots.remove(slot)
            let given = slots[slot].given
            slots[slot].given = []
            if !given.isEmpty { return .work(given) }
            return hasWorkToCome ? .idle : .stop
        }
    }

    func beginToWait(slot: Int) {
        waitingSlots.add(slot, hasRun: slots[slot].state == .busy)
        slots[slot].state = .idle
        slots[slot].current = []
        slots[slot].quickSince = nil
        slots[slot].looksAgainSoon = holdsBack
    }

    func slotEnded(_ slot: Int) {
        locked {
            replace(slot, by: Slot(state: .ended))
            announceEnd()
        }
    }

    /// The slot's process, if it had one, has ended and was waited for.
    private func replace(_ slot: Int, by new: Slot) {
        endedProcessorTime += slots[slot].process?.processorTime ?? .zero
        slots[slot] = new
    }
}
