import Foundation
import PageStorage
import ProgramRuntime
import WorkerProtocol

/// How jobs that have come to their end are stored.
extension JobRunner {
    /// Stores jobs together. One whose program someone else has changed meanwhile is run again.
    /// - Parameter jobs: of different programs.
    public func store(_ jobs: [ExecutedJob], progress: (Progress) -> Void) -> [Outcome] {
        let results = storage.commitTogether(jobs.map(\.commit))
        return zip(jobs, results).map { job, result in
            var job = job
            terms = job.terms
            do throws(JobFailure) {
                if let outcome = try conclude(&job, result) { return outcome }
            } catch {
                return failed(job.accepted, error, job.counters)
            }
            var counters = job.counters
            counters.conflicts += 1
            switch run(job.request, job.terms, counters, leavesCommit: false, progress) {
            case .ended(let outcome): return outcome
            case .executed: preconditionFailure("a job was left to be stored that was to be stored at once")
            }
        }
    }

    /// - Returns: nil if someone else has changed the program, and nothing was stored.
    func conclude(
        _ job: inout ExecutedJob, _ result: Result<CommitResult, StorageError>
    ) throws(JobFailure) -> Outcome? {
        let committed: CommitResult
        switch result {
        case .success(let result): committed = result
        case .failure(.unavailable): throw .commitUncertain
        case .failure(let error): throw .storage(error)
        }
        switch committed {
        case .committed(let version):
            let (start, change) = (job.start, job.change)
            let pages = start.storedPageList.after(
                version, updatedAt: job.commit.job.finishedAt, written: change.written.map(\.page), freed: change.freed)
            storedPages.set(pages, of: job.request.program)
            programs.set(start.after(pages, job.report, change), change, before: job.known)
            return Outcome(report: job.committed(in: version), keeping: .recorded)
        case .conflict:
            programs.remove(job.start.key)
            return nil
        case .programDeleted: throw .programDeleted
        case .jobAlreadyRecorded: return try recordedElsewhere(job.request.id)
        case .claimLost: return Outcome(report: job.uncommitted, keeping: .claimLost)
        }
    }

    func record(
        _ finished: Job, _ report: ExecutionReport, _ request: JobRequest
    ) throws(JobFailure) -> Outcome {
        let document = JobDocument(finished)
        let result: RecordResult
        do throws(StorageError) {
            result = try storage.recordJob(JobRecord(finished, document), claim: claim)
        } catch {
            throw .storage(error)
        }
        var job = finished
        switch result {
        case .recorded: break
        case .alreadyRecorded: return try recordedElsewhere(finished.id)
        case .claimLost: return Outcome(report: JobReport(finished), keeping: .claimLost)
        }
        job.attachPageData(report, request)
        return Outcome(report: JobReport(job, document: document, commitUs: nil), keeping: .recorded)
    }

    /// Someone else has declared this job ended: that stands.
    private func recordedElsewhere(_ id: String) throws(JobFailure) -> Outcome {
        do {
            guard let record = try storage.job(id: id) else { throw StorageError.failed("the job's record is gone") }
            return Outcome(report: JobReport(try Job(document: record.document)), keeping: .recorded)
        } catch {
            throw .storage(error as? StorageError ?? .failed("\(error)"))
        }
    }

    func failed(_ accepted: Job, _ failure: JobFailure, _ counters: JobCounters) -> Outcome {
        log("job \(accepted.id) of \(accepted.program) failed: \(failure)")
        // A queued job outlives an outage: it is run again, and finds out whether it was stored.
        if terms.claim != nil, failure.isOutage { return Outcome(report: JobReport(accepted), keeping: .unrecorded) }
        var job = accepted
        job.state = .failed
        job.counters = counters == JobCounters() ? nil : counters
        job.error = failure.jobError
        job.finishedAt = terms.now()
        do {
            let report = JobReport(job)
            switch try storage.recordJob(JobRecord(job, report.document), claim: claim) {
            case .recorded: return Outcome(report: report, keeping: .recorded)
            // That is the record of the commit whose answer was lost: the job has not failed.
            case .alreadyRecorded: return try recordedElsewhere(job.id)
            case .claimLost: return Outcome(report: report, keeping: .claimLost)
            }
        } catch {
            return Outcome(report: JobReport(job), keeping: .unrecorded)
        }
    }
}
