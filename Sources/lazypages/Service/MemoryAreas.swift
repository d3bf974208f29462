import Foundation
import Pages

/// The system's limit on memory areas of a process.
enum MemoryAreas {
    /// In the worst case every Gear page is an area of its own. Some are left for everything else in the process.
    /// - Returns: in Wasm pages.
    static func largestSafeMemory() -> UInt32 {
        let text = try? String(contentsOfFile: "/proc/sys/vm/max_map_count", encoding: .utf8)
        let areas = text.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) } ?? 65_530
        return UInt32(clamping: max(0, areas - reserved) / PageSize.gearPerWasm)
    }

    /// For code, libraries, heap, stacks and compiled modules.
    private static let reserved = 8192
}
