/// Programs for tests, in the text format.
enum Modules {
    /// Charges 10 gas per entry through a call, then touches what the entry says.
    static let metered = """
        (module
          (memory (export "memory") 20 64)
          (global $gas (export "gear_gas") (mut i64) (i64.const 0))
          (global (export "__gear_stack_end") i32 (i32.const 65530))
          (data (i32.const 81920) "initial")
          (func $charge (param $cost i64)
            (if (i64.lt_u (global.get $gas) (local.get $cost))
              (then (global.set $gas (i64.const 0)) (unreachable)))
            (global.set $gas (i64.sub (global.get $gas) (local.get $cost))))
          (func $at (param $page i32) (result i32) (i32.shl (local.get $page) (i32.const 14)))
          (func (export "read") (param $page i32) (result i32)
            (call $charge (i64.const 10))
            (i32.load8_u (call $at (local.get $page))))
          (func (export "write") (param $page i32) (param $value i32)
            (call $charge (i64.const 10))
            (i32.store8 (call $at (local.get $page)) (local.get $value)))
          (func (export "sweep") (param $first i32) (param $count i32)
            (call $charge (i64.const 10))
            (loop $next
              (call $charge (i64.const 1))
              (i32.store8 (call $at (local.get $first)) (i32.load8_u (call $at (local.get $first))))
              (local.set $first (i32.add (local.get $first) (i32.const 1)))
              (local.set $count (i32.sub (local.get $count) (i32.const 1)))
              (br_if $next (local.get $count))))
          (func (export "fill") (param $page i32) (param $count i32)
            (call $charge (i64.const 10))
            (memory.fill (call $at (local.get $page)) (i32.const 7)
              (i32.mul (local.get $count) (i32.const 16384))))
          (func (export "grow_and_write") (param $pages i32) (result i32)
            (local $old i32)
            (call $charge (i64.const 10))
            (local.set $old (memory.grow (local.get $pages)))
            (i32.store8 (i32.mul (local.get $old) (i32.const 65536)) (i32.const 9))
            (local.get $old))
          (func (export "numbers") (param i32 i64 f32 f64) (result f64 f32 i64 i32)
            (call $charge (i64.const 10))
            (local.get 3) (local.get 2) (local.get 1) (local.get 0))
          (func (export "fail") (call $charge (i64.const 10)) (unreachable))
          (func $deep (export "deep") (call $charge (i64.const 10)) (call $deep))
          (func (export "divide") (param i32) (result i32)
            (call $charge (i64.const 10)) (i32.div_s (i32.const 1) (local.get 0))))
        """

    static let unmetered = """
        (module
          (import "env" "memory" (memory 2 4))
          (func (export "write") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
          (func (export "read") (param i32) (result i32) (i32.load8_u (local.get 0))))
        """
}
