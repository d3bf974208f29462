import Foundation

/// A small file system in memory that only the processes of one service see, and that goes with them.
struct PrivateMount {
    /// Runs a command that sees it.
    let launcher: [String]
    private let folder: String

    static let isPossible = attempt(["/bin/true"]) == 0

    init(at folder: String, megabytes: Int) throws {
        self.folder = folder
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let script = "mount -t tmpfs -o size=\(megabytes)m lazypages \"$0\" && exec \"$@\""
        launcher = Self.namespace + ["/bin/sh", "-c", script, folder]
    }

    /// The path of a file in it as this process sees it, through a process that runs in it.
    func path(_ name: String, in process: pid_t) -> String { "/proc/\(process)/root\(folder)/\(name)" }

    /// Without being root, a user namespace gives the right to mount.
    private static let namespace = ["unshare", "--mount"] + (geteuid() == 0 ? [] : ["--map-root-user"])

    private static func attempt(_ command: [String]) -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = namespace + command
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return -1 }
        process.waitUntilExit()
        return process.terminationStatus
    }
}
