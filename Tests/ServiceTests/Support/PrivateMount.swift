import Foundation

/// A mount that only the processes of one service see, and that goes with them.
struct PrivateMount {
    /// Runs a command that sees it.
    let launcher: [String]
    private let place: String

    static let isPossible = attempt(["/bin/true"]) == 0

    /// A small file system in memory.
    init(at folder: String, megabytes: Int) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        self.init(at: folder, mount: "-t tmpfs -o size=\(megabytes)m lazypages \"$0\"")
    }

    /// A file or folder as it is, but that nobody can write to it.
    init(readOnly place: String) { self.init(at: place, mount: "--bind -o ro \"$0\" \"$0\"") }

    private init(at place: String, mount arguments: String) {
        self.place = place
        launcher = Self.namespace + ["/bin/sh", "-c", "mount \(arguments) && exec \"$@\"", place]
    }

    /// The path of a file in it as this process sees it, through a process that runs in it.
    func path(_ name: String, in process: pid_t) -> String { "/proc/\(process)/root\(place)/\(name)" }

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
