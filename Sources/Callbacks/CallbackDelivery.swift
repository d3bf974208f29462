import Digests
import Foundation
import Logging
import PageStorage
import Tracing

/// Delivers the callbacks that are due, whichever server posted or ran their jobs. Each is delivered at least once.
public final class CallbackDelivery: Sendable {
    /// How often a callback is tried, its first time among them.
    public static let mostTries = 8

    private let storage: StoragePool
    private let policy: CallbackPolicy
    private let secret: [UInt8]
    private let logger: Logger
    private let interval: Duration
    /// Deliveries at once.
    private let width = 16
    /// Longer than a delivery takes: what is not settled by then is taken up by whoever comes first.
    private let leaseMs: Int64 = 60_000

    /// - Parameters:
    ///   - secret: what receivers know that callbacks are signed with.
    ///   - interval: between two looks for callbacks.
    public init(
        storage: StoragePool, policy: CallbackPolicy, secret: [UInt8], logger: Logger,
        interval: Duration = .seconds(1)
    ) {
        self.storage = storage
        self.policy = policy
        self.secret = secret
        self.logger = logger
        self.interval = interval
    }

    /// Delivers until the task is cancelled.
    public func run() async {
        while !Task.isCancelled {
            let count = await deliverDue()
            // More may be due than were taken.
            if count < width { try? await Task.sleep(for: interval) }
        }
    }

    /// - Returns: how many callbacks were due.
    func deliverDue() async -> Int {
        do {
            let (width, leaseMs) = (width, leaseMs)
            let due = try await storage.withStorage { (storage) throws(StorageError) in
                try storage.claimCallbacks(limit: width, leaseMs: leaseMs)
            }
            await withTaskGroup(of: Void.self) { group in
                for callback in due { group.addTask { await self.deliver(callback) } }
            }
            return due.count
        } catch {
            logger.warning("callbacks cannot be looked for", metadata: ["error": "\(error)"])
            return 0
        }
    }

    private func deliver(_ callback: DueCallback) async {
        let trace = Self.trace(of: callback)
        let attempt = await attempt(callback, trace)
        let tries = callback.attempts + 1
        let isFinal = attempt.status == 410 || tries >= Self.mostTries
        let retryAfterMs = attempt.failure == nil || isFinal ? nil : Self.delayMs(afterTries: tries)
        do {
            try await storage.withStorage { (storage) throws(StorageError) in
                try storage.settleCallback(of: callback.job, attempt, retryAfterMs: retryAfterMs)
            }
        } catch {
            logger.warning(
                "a callback's delivery could not be noted; it is delivered again",
                metadata: ["job": "\(callback.job)", "error": "\(error)"])
        }
        if let failure = attempt.failure {
            logger.info(
                "a callback was not delivered",
                metadata: [
                    "job": "\(callback.job)", "tries": "\(tries)", "failure": "\(failure)",
                    "trace_id": "\(trace.traceID)",
                ])
        }
    }

    /// A step of the trace in which the job was posted.
    static func trace(of callback: DueCallback) -> TraceContext {
        struct Job: Decodable {
            struct Origin: Decodable { var traceparent: String }
            var origin: Origin?
        }
        let job = try? JSONDecoder().decode(Job.self, from: Data(callback.document))
        return TraceContext(following: (job?.origin?.traceparent).map { [$0] } ?? [])
    }

    private func attempt(_ callback: DueCallback, _ trace: TraceContext) async -> CallbackAttempt {
        // The configuration may be another one than when the job was posted.
        if let refusal = policy.refusal(of: callback.url) { return CallbackAttempt(status: nil, failure: refusal) }
        let request = CallbackRequest(
            url: callback.url,
            headers: [
                "Content-Type: application/json", "User-Agent: lazypages",
                "traceparent: \(trace.traceparent)",
                "X-Lazypages-Signature: \(signature(of: callback.document, at: time(nil)))",
            ], body: callback.document, allowsPrivateAddresses: policy.allowsPrivateAddresses)
        let outcome: Result<Int, CallbackRequest.Failure> = await withCheckedContinuation { continuation in
            // It blocks, and must not hold up other tasks.
            DispatchQueue.global().async {
                continuation.resume(returning: Result { () throws(CallbackRequest.Failure) in try request.send() })
            }
        }
        switch outcome {
        case .success(let status) where (200..<300).contains(status):
            return CallbackAttempt(status: status, failure: nil)
        case .success(let status):
            return CallbackAttempt(status: status, failure: "The receiver answered \(status).")
        case .failure(.privateAddress):
            return CallbackAttempt(status: nil, failure: "The host has an address that this service does not call.")
        case .failure(.transfer(let reason)):
            return CallbackAttempt(status: nil, failure: reason)
        }
    }

    /// - Parameter time: in seconds since 1970; signed too, so that what was recorded cannot be sent again much later.
    func signature(of body: [UInt8], at time: Int) -> String {
        "t=\(time),v1=\(HMACSHA256.of(Array("\(time).".utf8) + body, key: secret).hex)"
    }

    /// Ten seconds after the first try, then four times as long after each, about eight hours in all. Spread, so that what
    /// failed together does not come back together.
    static func delayMs(afterTries tries: Int) -> Int64 {
        let seconds = min(10 * pow(4, Double(tries - 1)), 4 * 3600)
        return Int64(seconds * 1000 * .random(in: 0.75...1.25))
    }
}
