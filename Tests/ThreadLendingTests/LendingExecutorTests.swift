import Foundation
import Synchronization
import Testing
import ThreadLending

@Suite("Lent threads")
struct LendingExecutorTests {
    private let executor = LendingExecutor.shared

    @Test("a task begins on the thread that lends itself, once that is done with what it does")
    func beginsHere() {
        onThread { thread in
            let began = Shared<UInt?>(nil)
            let hadBegun = executor.lend {
                Task(executorPreference: executor) { began.withLock { $0 = currentThread() } }
                return began.withLock { $0 != nil }
            }
            #expect(!hadBegun)
            #expect(began.withLock { $0 } == thread)
        }
    }

    @Test("a task that waits goes on on the thread that ends its wait, if that lends itself")
    func goesOn() {
        let wait = Wait()
        let seen = Shared<[UInt]>([])
        onThread { first in
            executor.lend {
                _ = Task(executorPreference: executor) {
                    seen.withLock { $0.append(currentThread()) }
                    await wait.over()
                    seen.withLock { $0.append(currentThread()) }
                }
            }
            onThread { second in
                executor.lend { wait.end() }
                #expect(seen.withLock { $0 } == [first, second])
            }
        }
    }

    @Test("a lock that is held while a task becomes ready is not held while it runs")
    func runsWithoutLocks() {
        let wait = Wait()
        let lock = Shared(0)
        let isDone = Shared(false)
        onThread { _ in
            executor.lend {
                _ = Task(executorPreference: executor) {
                    await wait.over()
                    lock.withLock { $0 += 1 }
                    isDone.withLock { $0 = true }
                }
            }
            executor.lend { lock.withLock { _ in wait.end() } }
            #expect(isDone.withLock { $0 })
        }
    }

    @Test("within a loan another one is the same")
    func nests() {
        onThread { _ in
            let order = Shared<[String]>([])
            executor.lend {
                executor.lend {
                    _ = Task(executorPreference: executor) { order.withLock { $0.append("task") } }
                }
                order.withLock { $0.append("inner loan over") }
            }
            #expect(order.withLock { $0 } == ["inner loan over", "task"])
        }
    }

    @Test("without a loan a task runs on another thread")
    func runsElsewhere() async {
        let wait = Wait()
        let thread = await withCheckedContinuation { ended in
            onThread { thread in
                Task(executorPreference: executor) {
                    await wait.over()
                    ended.resume(returning: currentThread() == thread)
                }
                wait.end()
            }
        }
        #expect(!thread)
    }

    // Often: the other thread must not go on before this one has stopped.
    @Test("a task can leave the thread that it was lent")
    func leaves() async {
        for _ in 0..<300 {
            let left = await withCheckedContinuation { ended in
                onThread { thread in
                    executor.lend {
                        _ = Task(executorPreference: executor) {
                            let began = currentThread()
                            await executor.leave()
                            ended.resume(returning: began == thread && currentThread() != thread)
                        }
                    }
                }
            }
            #expect(left)
        }
    }
}

/// Something that one task waits for.
private final class Wait: Sendable {
    private let state = Mutex<(continuation: CheckedContinuation<Void, Never>?, isOver: Bool)>((nil, false))

    func over() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if !state.isOver { state.continuation = continuation }
                return state.isOver
            }
            if isOver { continuation.resume() }
        }
    }

    func end() {
        state.withLock { state in
            state.isOver = true
            return state.continuation.take()
        }?.resume()
    }
}

/// A value that threads share.
private final class Shared<Value: Sendable>: Sendable {
    private let value: Mutex<Value>

    init(_ value: Value) { self.value = Mutex(value) }

    @discardableResult
    func withLock<Result: Sendable>(_ body: (inout Value) -> Result) -> Result { value.withLock { body(&$0) } }
}

private func currentThread() -> UInt { UInt(pthread_self()) }

/// Runs `body` on a thread of its own, which it is told, and waits for it.
private func onThread(_ body: @Sendable @escaping (_ thread: UInt) -> Void) {
    let done = DispatchSemaphore(value: 0)
    Thread {
        body(currentThread())
        done.signal()
    }.start()
    done.wait()
}
