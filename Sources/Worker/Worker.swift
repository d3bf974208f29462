import Foundation
import Metering
import PageStorage
import ProgramRuntime
import WorkerProtocol

/// A worker process: takes commands from its server over one socket, one at a time, until the server is gone.
public enum Worker {
    /// Serves commands until the server closes the connection. Blocks.
    /// - Parameter progress: is told how far the worker is with a job.
    /// - Throws: `ChannelError` if the connection breaks inside a message.
    public static func serve(
        _ runner: JobRunner, over channel: consuming FrameChannel, progress: borrowing JobProgress
    ) throws {
        var channel = channel
        try channel.send(try WorkerAnswer.ready.frame())
        while let frame = try channel.receive() {
            switch try WorkerCommand(frame) {
            case .run(let orders): try run(orders, runner, &channel, progress)
            case .inspect(let code, let isText):
                try channel.send(try inspect(runner, code, isText: isText).frame())
            }
        }
    }

    /// Executed jobs wait for each other's commits no longer than this.
    private static let longestWait = Duration.milliseconds(5)
    /// Nor do they hold more bytes of pages.
    private static let mostBytes = 4 << 20

    private static func run(
        _ orders: [JobOrder], _ runner: JobRunner, _ channel: inout FrameChannel, _ progress: borrowing JobProgress
    ) throws {
        var executed: [ExecutedJob] = []
        var firstExecuted = ContinuousClock.now
        var isBegun = progress.beginNext()
        for (place, order) in orders.enumerated() where isBegun {
            let isLast = place == orders.count - 1
            let run = runner.run(
                try order.request.request(), order.terms, leavesCommit: !isLast || !executed.isEmpty
            ) { progress.enter($0.stage) }
            // Before anything is answered: a server that has taken back the rest may send other orders then.
            isBegun = !isLast && progress.beginNext()
            switch run {
            case .ended(let outcome): try answer([outcome], on: &channel)
            case .executed(let job):
                if executed.isEmpty { firstExecuted = .now }
                executed.append(job)
            }
            let mustWaitNoMore =
                executed.reduce(0) { $0 + $1.size } > mostBytes || .now - firstExecuted > longestWait
            if !executed.isEmpty, isLast || mustWaitNoMore {
                try store(&executed, runner, &channel, progress)
                if isBegun { progress.enter(.loading) }
            }
        }
        try store(&executed, runner, &channel, progress)
    }

    private static func store(
        _ executed: inout [ExecutedJob], _ runner: JobRunner, _ channel: inout FrameChannel,
        _ progress: borrowing JobProgress
    ) throws {
        guard !executed.isEmpty else { return }
        progress.enter(.storing)
        let outcomes = runner.store(executed) { progress.enter($0.stage) }
        executed = []
        try answer(outcomes, on: &channel)
    }

    private static func answer(_ outcomes: [JobRunner.Outcome], on channel: inout FrameChannel) throws {
        try channel.send(try outcomes.map { try WorkerAnswer.job($0.report, $0.keeping).frame() })
    }

    private static func inspect(_ runner: JobRunner, _ code: Data, isText: Bool) -> WorkerAnswer {
        do throws(ModuleRefusal) {
            return .module(try runner.inspect(code: Array(code), isText: isText))
        } catch {
            return .refused(error)
        }
    }
}

extension MeteringForm {
    /// How often a job's time-out fits into what is granted to the program in this form: the exact one takes up to eight
    /// times as long.
    public var timeoutFactor: Int {
        switch self {
        case .fast: 1
        case .exact: 16
        }
    }
}

extension JobRunner.Progress {
    var stage: JobProgress.Stage {
        switch self {
        case .started(let form): .running(timeoutFactor: form.timeoutFactor)
        case .executed: .storing
        }
    }
}
