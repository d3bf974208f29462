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
            case .run(let stored, let terms):
                let outcome = runner.run(try stored.request(), terms) { progress.enter($0.stage) }
                let answer = WorkerAnswer.job(outcome.report, outcome.keeping)
                try channel.send(try answer.frame())
            case .inspect(let code, let isText):
                try channel.send(try inspect(runner, code, isText: isText).frame())
            }
        }
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
