import ArgumentParser
import Foundation
import Logging
import PageStorage
import ProgramRuntime
import Worker
import WorkerProtocol

/// A worker process. The server starts it, with its connection string in the environment.
struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "A worker process; started by serve.", shouldDisplay: false)

    @Option var cache: String
    @Option var memoryLimit: UInt32
    @Option var prefetch: PrefetchSetting
    @Option var compiler: ProgramCompiler

    func run() throws {
        let channel = FrameChannel(Descriptor(owning: WorkerConnection.descriptor))
        guard let server = channel.peerProcess() else {
            throw Failure(.usage, "a worker is started by `lazypages serve`, not by hand")
        }
        guard WorkerConnection.dieWithParent(expected: server) else { return }
        WorkerConnection.standInForServer()
        let progress = try JobProgress(Descriptor(owning: WorkerConnection.progressDescriptor))
        let location = try StorageLocation.setting(nil, default: "")
        do {
            let format = try Settings.choice(nil, "log-format", default: LogFormat.text)
            let logger = Logger(label: "lazypages worker \(getpid())", factory: format.handler)
            let runner = try JobRunner(
                storage: try location.open(), cacheDirectory: cache, memoryLimit: memoryLimit,
                prefetch: prefetch.prefetch, compiler: compiler, log: { logger.error("\($0)") })
            try Worker.serve(runner, over: channel, progress: progress)
        } catch let error as RuntimeError {
            throw Failure(.service, error.explanation)
        } catch let error as StorageError {
            throw Failure(.service, error.explanation)
        } catch let error as ChannelError {
            // The server has gone in the middle of a message: there is nobody to tell.
            throw Failure(.service, "the connection to the server broke: \(error)")
        }
    }
}

extension RuntimeError {
    /// For an operator, in one line.
    var explanation: String {
        switch self {
        case .engineNotCreated: "Wasmtime could not be started on this machine"
        case .lazyPages(let error): "the page-fault handler could not be set up: \(error)"
        case .cacheDirectory(let path, let reason):
            "the folder for compiled code, \(path), is not safe to use: \(reason); choose another with --cache"
        }
    }
}
