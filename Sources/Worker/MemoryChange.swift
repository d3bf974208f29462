import PageStorage
import Pages
import ProgramRuntime

/// What a job that commits makes of its program's memory.
struct MemoryChange {
    /// Every write-accessed page but those that the program has freed: what it wrote there means nothing any more.
    let written: [(page: PageNumber, bytes: [UInt8])]
    /// Pages that have bytes in the storage and that the job freed. One that was free before may have been stored since
    /// from outside, and stays.
    let freed: [PageNumber]
    /// As the storage keeps them.
    let holes: [UInt8]
    let raisesVersion: Bool

    init(_ report: ExecutionReport, _ holes: PageHoles, _ start: ExecutionStart) {
        func isFree(_ page: PageNumber) -> Bool { holes.contains(page.rawValue / UInt32(PageSize.gearPerWasm)) }
        written = report.writtenPages.filter { !isFree($0.page) }.map { ($0.page, $0.bytes ?? []) }
        let before = PageHoles(encoded: start.holes) ?? PageHoles()
        freed =
            holes == before
            ? []
            : start.storedPages.filter { page in
                isFree(page) && !before.contains(page.rawValue / UInt32(PageSize.gearPerWasm))
            }
        self.holes = holes.encoded
        raisesVersion =
            !written.isEmpty || !freed.isEmpty || report.memorySize != start.memorySize || self.holes != start.holes
    }
}
