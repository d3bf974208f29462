import Foundation
import Pages

/// A program that keeps a log of the jobs that it ran, in its memory: the count on one page, the numbers from the next page
/// on, so that half a commit would show.
enum ChaosProgram {
    /// Entry `append` puts a number at the end of the log and answers the log's new length. It first counts to `spin`, so
    /// that there is a time in which a job can be interrupted.
    static let module = """
        (module
          (memory (export "memory") 1)
          (func (export "append") (param $number i32) (param $spin i32) (result i32)
            (local $count i32)
            (local $end i32)
            (block $spun
              (loop $next
                (br_if $spun (i32.eqz (local.get $spin)))
                (local.set $spin (i32.sub (local.get $spin) (i32.const 1)))
                (br $next)))
            (local.set $count (i32.load (i32.const 0)))
            (local.set $end (i32.add (i32.const \(PageSize.gear)) (i32.mul (local.get $count) (i32.const 4))))
            (if (i32.ge_u (local.get $end) (i32.mul (memory.size) (i32.const \(PageSize.wasm))))
              (then (drop (memory.grow (i32.const 1)))))
            (i32.store (local.get $end) (local.get $number))
            (local.set $count (i32.add (local.get $count) (i32.const 1)))
            (i32.store (i32.const 0) (local.get $count))
            (local.get $count)))
        """

    static func upload(_ id: String) -> BenchRequest {
        BenchRequest(
            method: "POST", path: "/v1/programs?id=\(id)", headers: ["Content-Type: text/plain"],
            body: Array(module.utf8))
    }

    static func delete(_ id: String) -> BenchRequest { BenchRequest(method: "DELETE", path: "/v1/programs/\(id)") }

    /// - Parameters:
    ///   - key: makes the request recognizable when it is sent again.
    ///   - preference: `wait=N` or `respond-async`; empty for the service's own way.
    static func job(
        _ program: String, number: UInt32, spin: Int, key: String, preference: String
    ) -> BenchRequest {
        .post(
            "/v1/jobs",
            json: """
                {"program": "\(program)", "entry": "append", "args": [\(number), \(spin)], "pages": "numbers",
                "gas_limit": 9007199254740991}
                """,
            headers: ["Idempotency-Key: \"\(key)\""] + (preference.isEmpty ? [] : ["Prefer: \(preference)"]))
    }

    /// Reads the log out of the pages of a program's memory.
    /// - Parameter page: the bytes of a page; nil if it is not stored.
    static func log(_ page: (Int) throws -> Data?) throws -> [UInt32] {
        guard let first = try page(0) else { return [] }
        let count = Int(numbers(first)[0])
        let perPage = PageSize.gear / 4
        var log: [UInt32] = []
        for number in 0..<(count + perPage - 1) / perPage {
            log += numbers(try page(number + 1) ?? Data(count: PageSize.gear))
        }
        // What stands behind the end counts as well: there is nothing, unless half a commit was stored.
        return Array(log.prefix(count)) + log.dropFirst(count).filter { $0 != 0 }
    }

    private static func numbers(_ page: Data) -> [UInt32] {
        page.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count - 3, by: 4).map {
                UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self))
            }
        }
    }
}
