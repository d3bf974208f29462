import Foundation
import Testing

extension ServiceSuites {
    @Suite("The same job burns the same gas")
    struct EqualGasTests {
        /// Reads, writes, updates in place, bulk instructions, growth, calls, and the host's functions, on pages that the
        /// storage has and on others.
        private static let module = """
            (module
              (import "env" "memory" (memory 17 64))
              (import "env" "gr_size" (func $size (param i32)))
              (import "env" "alloc" (func $alloc (param i32) (result i32)))
              (import "env" "gr_debug" (func $debug (param i32 i32)))
              (global (export "__gear_stack_end") i32 (i32.const 65536))
              (data (i32.const 70000) "the same every time")
              (func (export "store") (param $pages i32)
                (loop $next
                  (i64.store (i32.add (i32.const 131072) (i32.mul (local.get $pages) (i32.const 16384))) (i64.const 77))
                  (local.set $pages (i32.sub (local.get $pages) (i32.const 1)))
                  (br_if $next (local.get $pages))))
              (func $hash (param $at i32) (param $seed i64) (result i64)
                (i64.add (i64.mul (local.get $seed) (i64.const 6364136223846793005)) (i64.load (local.get $at))))
              ;; Pages that nothing has touched before: a compiler may make one instruction of a load and a store.
              (func $update (param $at i32)
                (i64.store (local.get $at) (i64.load (local.get $at)))
                (i32.store8 offset=16384 (local.get $at)
                  (i32.add (i32.load8_u offset=16384 (local.get $at)) (i32.const 1)))
                (i64.store offset=32768 (local.get $at)
                  (i64.add (i64.load offset=32768 (local.get $at)) (i64.const 1))))
              (func (export "mix") (param $pages i32) (result i64)
                (local $at i32) (local $sum i64)
                (call $size (i32.const 66000))
                (call $debug (i32.const 70000) (i32.const 19))
                (local.set $at (i32.const 131072))
                (loop $next
                  (local.set $sum (call $hash (local.get $at) (local.get $sum)))
                  (if (i64.eqz (i64.and (local.get $sum) (i64.const 1)))
                    (then (i64.store (local.get $at) (i64.add (i64.load (local.get $at)) (i64.const 1))))
                    (else (i64.store offset=8 (local.get $at) (i64.load offset=8 (local.get $at)))))
                  (local.set $at (i32.add (local.get $at) (i32.const 16384)))
                  (br_if $next (local.tee $pages (i32.sub (local.get $pages) (i32.const 1)))))
                (call $update (i32.const 700000))
                (memory.copy (i32.const 140000) (i32.const 150000) (i32.const 40000))
                (i32.store (i32.mul (call $alloc (i32.const 2)) (i32.const 65536)) (i32.const 1))
                (i64.store (i32.mul (memory.grow (i32.const 1)) (i32.const 65536)) (local.get $sum))
                (local.get $sum)))
            """

        /// More of them than the tests take by themselves, where somebody asks for it.
        private static let jobs =
            ProcessInfo.processInfo.environment["LAZYPAGES_EQUAL_GAS_JOBS"].flatMap(Int.init) ?? 200

        private struct End: Hashable {
            var outcome: String?
            var burned: Int
            var accessed: [Int]
            var written: [Int]
            var results: [Int]
        }

        @Test("on both storages, compiled by either compiler, with prefetch and without, by old workers and new")
        func everywhere() async throws {
            var ends: Set<End> = []
            for kind in StorageKind.allCases {
                for compiler in ["cranelift", "winch"] {
                    for prefetch in ["on", "off"] {
                        let options = ["--compiler", compiler, "--prefetch", prefetch, "--jobs-per-worker", "17"]
                        try await withService(on: kind, workers: 2, options: options) { service in
                            ends.formUnion(try await Self.run(Self.jobs / 8, on: service))
                        }
                    }
                }
            }
            #expect(ends.count == 1, "\(ends)")
            #expect(ends.first?.outcome == "success" && ends.first?.written.count ?? 0 > 10)
        }

        /// All from the same state, which one job stores before.
        private static func run(_ count: Int, on service: TestService) async throws -> Set<End> {
            try await service.client.upload("mix", module)
            #expect(try await service.client.run("mix", "store", 20).committed)
            return try await withThrowingTaskGroup { group in
                for first in 0..<2 {
                    let client = try service.makeClient()
                    group.addTask {
                        var ends: Set<End> = []
                        for _ in stride(from: first, to: count, by: 2) {
                            let job = try await client.run("mix", "mix", 30, commit: false, pages: "numbers")
                            ends.insert(
                                End(
                                    outcome: job.outcome, burned: job.gas?.burned ?? 0, accessed: job.accessedPages,
                                    written: job.writtenPages, results: job.results))
                        }
                        return ends
                    }
                }
                return try await group.reduce(into: []) { $0.formUnion($1) }
            }
        }
    }
}
