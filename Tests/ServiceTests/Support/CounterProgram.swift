/// The program that the tests run, in text form.
///
/// It keeps 64-bit counters, one at the start of each page, and burns `ownGas` at each entry, and what its entries say,
/// before anything else. Its stack is pages 0 to 3; page 7 holds `initialText`.
enum CounterProgram {
    static let ownGas = 7
    /// What `visit` burns for each page, beside the page's own costs.
    static let visitGas = 3
    static let initialText = "Lazy pages"
    /// The two pages of the entry `twin`.
    static let twins = [8, 70]
    static let entries = [
        "abandon", "byte", "deposit", "extend", "fill", "forever", "put", "seam", "twin", "visit", "work",
    ]

    /// - Parameters:
    ///   - memory: its size and its maximum, in WebAssembly pages.
    static func text(memory: (size: Int, maximum: Int) = (20, 64)) -> String {
        """
        (module
          (memory (export "memory") \(memory.size) \(memory.maximum))
          (global $gas (export "gear_gas") (mut i64) (i64.const 0))
          (global (export "__gear_stack_end") i32 (i32.const 65536))
          (data (i32.const 114688) "\(initialText)")
          (func $burn (param $amount i64)
            (if (i64.gt_u (local.get $amount) (global.get $gas))
              (then (global.set $gas (i64.const 0)) unreachable))
            (global.set $gas (i64.sub (global.get $gas) (local.get $amount))))
          (func $start (param $page i32) (result i32) (i32.shl (local.get $page) (i32.const 14)))
          (func $next (param $number i64) (result i64)
            (local.set $number (i64.xor (local.get $number) (i64.shl (local.get $number) (i64.const 13))))
            (local.set $number (i64.xor (local.get $number) (i64.shr_u (local.get $number) (i64.const 7))))
            (i64.xor (local.get $number) (i64.shl (local.get $number) (i64.const 17))))
          (func $add (param $page i32) (param $amount i64) (result i64)
            (local $sum i64)
            (local.set $sum (i64.add (i64.load (call $start (local.get $page))) (local.get $amount)))
            (i64.store (call $start (local.get $page)) (local.get $sum))
            (local.get $sum))

          ;; Adds to the counter of a page: reads it first.
          (func (export "deposit") (param $page i32) (param $amount i64) (result i64)
            (call $burn (i64.const \(ownGas)))
            (call $add (local.get $page) (local.get $amount)))
          ;; Sets the counter of a page: writes it first.
          (func (export "put") (param $page i32) (param $value i64)
            (call $burn (i64.const \(ownGas)))
            (i64.store (call $start (local.get $page)) (local.get $value)))
          (func (export "byte") (param $page i32) (param $offset i32) (result i32)
            (call $burn (i64.const \(ownGas)))
            (i32.load8_u (i32.add (call $start (local.get $page)) (local.get $offset))))
          ;; The sum of the counters of so many pages.
          (func (export "visit") (param $page i32) (param $count i32) (result i64)
            (local $sum i64)
            (call $burn (i64.const \(ownGas)))
            (block $done
              (loop $pages
                (br_if $done (i32.eqz (local.get $count)))
                (call $burn (i64.const \(visitGas)))
                (local.set $sum (i64.add (local.get $sum) (i64.load (call $start (local.get $page)))))
                (local.set $page (i32.add (local.get $page) (i32.const 1)))
                (local.set $count (i32.sub (local.get $count) (i32.const 1)))
                (br $pages)))
            (local.get $sum))
          ;; Adds to two counters that are far apart, which must be equal.
          (func (export "twin") (param $amount i64) (result i64)
            (call $burn (i64.const \(ownGas)))
            (if (i64.ne (call $add (i32.const \(twins[0])) (local.get $amount))
                        (call $add (i32.const \(twins[1])) (local.get $amount)))
              (then unreachable))
            (i64.load (call $start (i32.const \(twins[0])))))
          ;; Fills so many pages with numbers that no compression makes smaller.
          (func (export "fill") (param $page i32) (param $count i32) (param $seed i64)
            (local $at i32) (local $end i32)
            (call $burn (i64.const \(ownGas)))
            (local.set $at (call $start (local.get $page)))
            (local.set $end (i32.add (local.get $at) (call $start (local.get $count))))
            (loop $words
              (local.set $seed (call $next (local.get $seed)))
              (i64.store (local.get $at) (local.get $seed))
              (local.set $at (i32.add (local.get $at) (i32.const 8)))
              (br_if $words (i32.lt_u (local.get $at) (local.get $end)))))
          ;; A store of eight bytes, three of them on the page and five on the one after it.
          (func (export "seam") (param $page i32)
            (call $burn (i64.const \(ownGas)))
            (i64.store (i32.sub (call $start (i32.add (local.get $page) (i32.const 1))) (i32.const 3))
              (i64.const 0x1122334455667788)))
          (func (export "extend") (param $pages i32) (result i32)
            (call $burn (i64.const \(ownGas)))
            (memory.grow (local.get $pages)))
          ;; Takes its time, then adds 1 to the counter of page 8.
          (func (export "work") (param $rounds i64) (result i64)
            (local $number i64)
            (call $burn (i64.const \(ownGas)))
            (local.set $number (i64.const 1))
            (loop $rounds
              (local.set $number (call $next (local.get $number)))
              (local.set $rounds (i64.sub (local.get $rounds) (i64.const 1)))
              (br_if $rounds (i64.gt_s (local.get $rounds) (i64.const 0))))
            (if (i64.eqz (local.get $number)) (then unreachable))
            (call $add (i32.const 8) (i64.const 1)))
          (func (export "forever")
            (call $burn (i64.const \(ownGas)))
            (loop $again (br $again)))
          (func (export "abandon") (param $page i32)
            (call $burn (i64.const \(ownGas)))
            (i64.store (call $start (local.get $page)) (i64.const 1))
            unreachable))
        """
    }
}
