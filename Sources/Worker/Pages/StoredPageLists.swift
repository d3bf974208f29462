import PageStorage
import Pages
import ProgramRuntime

/// The stored pages of the programs that ran last, so that a job whose program nobody else has changed since need not
/// have them listed again.
struct StoredPageLists {
    /// 16 MiB at most.
    private var lists = LeastRecentlyUsed<String, StoredPageList>(countLimit: 1024, sizeLimit: 4 << 20)

    mutating func list(of program: String) -> StoredPageList? { lists.value(for: program) }

    mutating func set(_ list: StoredPageList, of program: String) {
        lists.set(list, for: program, size: list.pages.count + 32)
    }
}

extension StoredPageList {
    /// The list after a commit that led to `version`.
    /// - Parameters:
    ///   - updatedAt: the time that a commit with changes has stored, in milliseconds since 1970.
    ///   - written: ascending.
    ///   - freed: ascending, none of them written.
    func after(
        _ version: Int64, updatedAt: Int64, written: [PageNumber], freed: [PageNumber] = []
    ) -> StoredPageList {
        var list = self
        if version != list.version { (list.version, list.updatedAt) = (version, updatedAt) }
        if !written.allSatisfy(pages.containsSorted) { list.pages = pages.merged(with: written) }
        if !freed.isEmpty { list.pages.removeAll(where: freed.containsSorted) }
        return list
    }
}

extension ExecutionStart {
    /// What the next job starts from after a commit.
    func after(_ pages: StoredPageList, _ report: ExecutionReport, _ change: MemoryChange) -> ExecutionStart {
        var start = self
        (start.version, start.updatedAt) = (pages.version, pages.updatedAt)
        (start.memorySize, start.holes) = (report.memorySize, change.holes)
        start.storedPages = pages.pages
        return start
    }

    var storedPageList: StoredPageList {
        StoredPageList(key: key, version: version, updatedAt: updatedAt, pages: storedPages)
    }
}
