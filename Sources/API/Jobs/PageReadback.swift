import Foundation
import HTTPServer
import PageStorage
import Pages
import Scheduler
import WorkerProtocol

extension StorageAccess {
    /// The job; if it was read back, with the bytes of the pages that it wrote, as far as the storage still has all of them as
    /// the job left them. So are jobs that ran on another server, and those that were posted again.
    func withPageData(_ found: FoundJob) async throws -> FoundJob {
        guard case .ended(let record) = found else { return found }
        var job = try Job(document: record.document)
        guard job.committed, let version = job.programVersion, !job.writeAccessedPages.isEmpty else { return found }
        let (program, context, pages) = (job.program, job.context, job.writeAccessedPages.map(\.page))
        let data = try await self { (storage) throws(StorageError) -> [Data]? in
            // By now another program may have the id; the job's own key is in its context.
            guard let key = try storage.programInterface(id: program)?.key,
                context?.programId == Bytes32(behindZeros: key.bytes)
            else { return nil }
            return try storage.readPages(of: key, pages: pages, asOf: version).data(of: pages)
        }
        guard let data else { return found }
        for (index, bytes) in data.enumerated() { job.writeAccessedPages[index].data = bytes }
        return .finished(JobReport(job))
    }
}

extension PageBatch {
    /// Nil unless all pages are there.
    fileprivate func data(of pages: [PageNumber]) -> [Data]? {
        var all: [Data] = []
        for page in pages {
            var bytes = Data(count: PageSize.gear)
            guard bytes.withUnsafeMutableBytes({ read(page, into: $0) }) == .found else { return nil }
            all.append(bytes)
        }
        return all
    }
}
