import Glibc
import Pages

/// The system's limit on memory areas of a process, `vm.max_map_count`: neighbouring pages of different protection are
/// different areas, and at the limit the system refuses to change a protection.
public enum MemoryAreas {
    /// The largest memory whose pages can all be accessed in any pattern, in Wasm pages. A larger one must not be run.
    public static func largestSafeMemory() -> UInt32 {
        largestSafeMemory(areas: systemLimit() ?? linuxDefault)
    }

    /// In the worst case every Gear page is an area of its own.
    static func largestSafeMemory(areas: Int) -> UInt32 {
        UInt32(clamping: max(0, areas - reserved) / PageSize.gearPerWasm)
    }

    /// For everything else in the process: code, libraries, heap, stacks and compiled modules.
    private static let reserved = 8192
    private static let linuxDefault = 65_530

    private static func systemLimit() -> Int? {
        guard let file = fopen("/proc/sys/vm/max_map_count", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 32)
        return fgets(&line, Int32(line.count), file) == nil ? nil : strtol(line, nil, 10)
    }
}
