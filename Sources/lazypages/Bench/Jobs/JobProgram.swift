import Foundation
import Pages

/// Programs that do nothing but touch pages.
enum JobProgram {
    /// - Parameter memorySize: in Wasm pages.
    static func upload(_ id: String, memorySize: UInt32, to client: BenchClient) throws {
        try client.expect(
            BenchRequest(
                method: "POST", path: "/v1/programs?id=\(id)", headers: ["Content-Type: text/plain"],
                body: Array(module(memorySize: memorySize).utf8)))
    }

    static func delete(_ id: String, from client: BenchClient) throws {
        try client.expect(BenchRequest(method: "DELETE", path: "/v1/programs/\(id)"))
    }

    /// One of several alike.
    static func id(_ number: Int) -> String { "bench-job-\(number)" }

    /// A job that reads and writes pages, none if `pages` is 0, and commits them.
    /// - Parameter step: how many pages lie between two of them.
    static func job(_ program: String, pages: Int, step: Int = 1) -> String {
        let call = pages == 0 ? #""nothing""# : #""touch", "args": [\#(pages), \#(step * Int(PageSize.gear))]"#
        return #"{"program": "\#(program)", "entry": \#(call), "pages": "numbers"}"#
    }

    /// Each page but for its counter is as the storage has it.
    private static func module(memorySize: UInt32) -> String {
        """
        (module
          (memory (export "memory") \(memorySize))
          (func (export "nothing"))
          (func (export "touch") (param $pages i32) (param $step i32)
            (local $address i32)
            (loop $next
              (i32.store (local.get $address) (i32.add (i32.load (local.get $address)) (i32.const 1)))
              (local.set $address (i32.add (local.get $address) (local.get $step)))
              (br_if $next (local.tee $pages (i32.sub (local.get $pages) (i32.const 1)))))))
        """
    }
}
