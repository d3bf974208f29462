import Foundation

/// What Linux tells of this process, under the names that Prometheus' own client libraries use.
struct ProcessMetrics {
    /// Seconds of processor time, of the program and of the system for it.
    private let processorSeconds: Double
    /// In bytes; nil where `/proc` cannot be read.
    private let memory: (virtual: Double, resident: Double)?
    private let openDescriptors: Int?
    private let descriptorLimit: Double?

    init() {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        processorSeconds = Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        let sizes = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?
            .split(separator: " ").prefix(2).compactMap { Double($0) }
        let pageSize = Double(sysconf(Int32(_SC_PAGESIZE)))
        memory = sizes.flatMap { $0.count == 2 ? ($0[0] * pageSize, $0[1] * pageSize) : nil }
        openDescriptors = Self.countDescriptors()
        var limit = rlimit()
        let isKnown = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        descriptorLimit = isKnown ? Double(limit.rlim_cur) : nil
    }

    /// Without the one that it takes to look. A service with thousands of connections has as many names there: they are only
    /// counted.
    private static func countDescriptors() -> Int? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // The folder itself, the one above it, and what it was opened by.
        return max(0, count - 3)
    }

    func write(to text: inout PrometheusText) {
        for (name, kind, value, help) in [
            ("process_cpu_seconds_total", .counter, processorSeconds, "Processor time of the process, in seconds."),
            ("process_virtual_memory_bytes", .gauge, memory?.virtual, "Address space of the process."),
            ("process_resident_memory_bytes", .gauge, memory?.resident, "Memory of the process."),
            ("process_open_fds", .gauge, openDescriptors.map(Double.init), "Open file descriptors."),
            ("process_max_fds", .gauge, descriptorLimit, "File descriptors that the process may open."),
        ] as [(String, PrometheusText.Kind, Double?, String)] {
            guard let value else { continue }
            text.begin(name, kind, help: help)
            text.sample(name, value)
        }
    }
}
