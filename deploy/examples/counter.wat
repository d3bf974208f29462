;; A counter whose only state is its memory: each job goes on where the last committed one left off.
(module
  (memory (export "memory") 2)

  ;; The first 64 KiB are the stack and start empty at every job; what is above persists. The counter stands right there.
  (global (export "__gear_stack_end") i32 (i32.const 65536))
  (global $counter i32 (i32.const 65536))

  ;; The gas left of the job's limit. Exporting it says that the module meters itself; page costs come off it as well.
  (global $gas (export "gear_gas") (mut i64) (i64.const 0))

  ;; Takes `$cost` off the gas left; when that is too little, none is left and the job ends here.
  (func $gas_charge (param $cost i64)
    (local $before i64)
    (local.set $before (global.get $gas))
    (global.set $gas
      (select
        (i64.sub (local.get $before) (local.get $cost))
        (i64.const 0)
        (i64.ge_u (local.get $before) (local.get $cost))))
    (if (i64.gt_u (local.get $cost) (local.get $before))
      (then unreachable)))

  ;; Adds `$value` and answers the sum.
  (func (export "add") (param $value i32) (result i32)
    (local $sum i32)
    (call $gas_charge (i64.const 6))
    (local.set $sum (i32.add (i32.load (global.get $counter)) (local.get $value)))
    (i32.store (global.get $counter) (local.get $sum))
    (local.get $sum))

  (func (export "get") (result i32)
    (call $gas_charge (i64.const 2))
    (i32.load (global.get $counter))))
