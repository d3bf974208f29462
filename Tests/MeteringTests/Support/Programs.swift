/// Programs for tests, each with an entry `run` that goes many ways.
enum Programs {
    /// Twelve calls deep and wide.
    static let fibonacci = """
        (module
          (func $f (export "run") (param i32) (result i32)
            (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
              (then (local.get 0))
              (else (i32.add
                (call $f (i32.sub (local.get 0) (i32.const 1)))
                (call $f (i32.sub (local.get 0) (i32.const 2))))))))
        """

    /// Loops in loops, with a `continue` from inside a block, and a `break` past what follows.
    static let nestedLoops = """
        (module
          (func (export "run") (param $n i32) (result i32)
            (local $i i32) (local $j i32) (local $sum i32)
            (block $break
              (loop $outer
                (local.set $j (i32.const 0))
                (loop $inner
                  (local.set $j (i32.add (local.get $j) (i32.const 1)))
                  (block $even
                    (br_if $even (i32.eqz (i32.and (local.get $j) (i32.const 1))))
                    (br_if $inner (i32.lt_u (local.get $j) (local.get $i)))
                    (local.set $sum (i32.add (local.get $sum) (i32.const 100))))
                  (local.set $sum (i32.add (local.get $sum) (local.get $j)))
                  (br_if $inner (i32.lt_u (local.get $j) (local.get $n))))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $break (i32.eq (local.get $i) (i32.const 7)))
                (br_if $outer (i32.lt_u (local.get $i) (local.get $n))))
              (local.set $sum (i32.add (local.get $sum) (i32.const 10000))))
            (local.get $sum)))
        """

    /// A `br_table` in a loop, which is one of its targets, and so is the function itself.
    static let branchTable = """
        (module
          (global $sum (mut i32) (i32.const 0))
          (func $add (param i32) (global.set $sum (i32.add (global.get $sum) (local.get 0))))
          (func $steps (param $n i32)
            (loop $again
              (local.set $n (i32.sub (local.get $n) (i32.const 1)))
              (call $add (i32.const 1000))
              (block $two
                (block $one
                  (block $zero
                    (br_table $zero $one $two $again 4 (i32.rem_u (local.get $n) (i32.const 6))))
                  (call $add (i32.const 1)))
                (call $add (i32.const 10)))
              (call $add (i32.const 100))
              (br_if $again (i32.gt_u (local.get $n) (i32.const 3)))
              (nop)))
          (func (export "run") (param $n i32) (result i32)
            (loop $next
              (call $steps (local.get $n))
              (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (global.get $sum)))
        """

    /// Two functions that end by calling one another, directly and through a table.
    static let tailCalls = """
        (module
          (type $f (func (param i32 i64) (result i64)))
          (table funcref (elem $odd $even))
          (func $even (type $f)
            (local i64)
            (if (result i64) (i32.eqz (local.get 0))
              (then (local.get 1))
              (else (return_call $odd
                (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 3))))))
          (func $odd (type $f)
            (if (i32.eqz (local.get 0)) (then (return (i64.const -1))))
            (return_call_indirect (type $f)
              (i32.sub (local.get 0) (i32.const 1)) (i64.mul (local.get 1) (i64.const 2)) (i32.const 1)))
          (func (export "run") (param i32) (result i64)
            (call $even (local.get 0) (i64.const 1))))
        """

    /// Calls through a table, with several results and parameters of blocks.
    static let indirectCalls = """
        (module
          (type $pair (func (param i32 i32) (result i32 i32)))
          (table funcref (elem $swap $sum))
          (func $swap (type $pair) (local.get 1) (local.get 0))
          (func $sum (type $pair)
            (i32.add (local.get 0) (local.get 1))
            (local.get 0)
            (return)
            (unreachable))
          (func (export "run") (param $n i32) (result i32 i32)
            (local.get $n) (i32.const 1)
            (loop $next (param i32 i32) (result i32 i32)
              (block (param i32 i32) (result i32 i32)
                (call_indirect (type $pair) (i32.and (local.get $n) (i32.const 1)))
                (if (param i32 i32) (result i32 i32) (i32.and (local.get $n) (i32.const 2))
                  (then (call_indirect (type $pair) (i32.const 0)))))
              (local.set $n (i32.sub (local.get $n) (i32.const 1)))
              (br_if $next (local.get $n)))))
        """

    /// Instructions with a cost by number, of memories and tables, that succeed and fail.
    static let bulk = """
        (module
          (memory 1 3)
          (table $t 4 10 funcref)
          (data $d "0123456789abcdefghijklmnopqrstuvwxyz")
          (elem $e func $callee $callee)
          (func $callee)
          (func (export "run") (param $n i32) (result i32)
            (local $sum i32)
            (local.set $sum (memory.grow (i32.const 1)))
            (local.set $sum (i32.add (local.get $sum) (memory.grow (i32.const 100))))
            (loop $next
              (memory.fill (i32.const 100) (i32.const 7) (i32.mul (local.get $n) (i32.const 100)))
              (memory.init $d (i32.const 110) (i32.const 2) (local.get $n))
              (memory.copy (i32.const 5000) (i32.const 105) (i32.mul (local.get $n) (i32.const 9)))
              (local.set $sum (i32.add (local.get $sum) (i32.load (i32.add (local.get $n) (i32.const 5000)))))
              (drop (table.grow $t (ref.func $callee) (i32.const 1)))
              (table.fill $t (i32.const 0) (ref.func $callee) (i32.const 3))
              (table.copy $t $t (i32.const 1) (i32.const 0) (i32.const 2))
              (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 2))
              (local.set $n (i32.sub (local.get $n) (i32.const 1)))
              (br_if $next (local.get $n)))
            (data.drop $d)
            (elem.drop $e)
            (i32.add (local.get $sum) (table.size $t))))
        """

    /// Code behind branches that is never reached, and a way out of the function from inside.
    static let unreachableCode = """
        (module
          (func $pick (param i32) (result i32)
            (block
              (br_if 0 (i32.lt_s (local.get 0) (i32.const 3)))
              (block
                (br 0)
                (drop (call $pick (i32.const 1)))
                (loop (br_if 0 (i32.const 1)))
                (unreachable))
              (return (i32.const 30))
              (drop)
              (br_if 1 (i32.const 5) (i32.const 0))
              (drop))
            (local.get 0)
            (br 0)
            (i32.add))
          (func (export "run") (param i32) (result i32)
            (local $sum i32)
            (loop $next
              (local.set $sum (i32.add (local.get $sum) (call $pick (local.get 0))))
              (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
              (br_if $next (local.get 0)))
            (local.get $sum)))
        """

    /// Vectors and floating point.
    static let vectors = """
        (module
          (memory 1)
          (func (export "run") (param $n i32) (result i32)
            (local $sum v128) (local $x f64)
            (local.set $x (f64.const 1))
            (loop $next
              (local.set $sum
                (i32x4.add (local.get $sum) (i32x4.mul (i32x4.splat (local.get $n)) (v128.const i32x4 1 2 3 4))))
              (v128.store (i32.mul (local.get $n) (i32.const 16)) (local.get $sum))
              (local.set $x (f64.div (f64.sqrt (f64.add (local.get $x) (f64.const 2))) (f64.const 0.5)))
              (local.set $n (i32.sub (local.get $n) (i32.const 1)))
              (br_if $next (local.get $n)))
            (i32.add (i32x4.extract_lane 3 (local.get $sum)) (i32.trunc_sat_f64_s (local.get $x)))))
        """

    static let all: [(name: String, text: String, results: Int)] = [
        ("fibonacci", fibonacci, 1), ("nested loops", nestedLoops, 1), ("branch table", branchTable, 1),
        ("tail calls", tailCalls, 1), ("indirect calls", indirectCalls, 2), ("bulk", bulk, 1),
        ("unreachable code", unreachableCode, 1), ("vectors", vectors, 1),
    ]
}
