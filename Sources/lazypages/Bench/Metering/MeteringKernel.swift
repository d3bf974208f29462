/// What is measured. Each program counts how often it does its work by its parameter, and returns what it computed.
enum MeteringKernel: String, CaseIterable, Codable {
    /// A loop of a few instructions: adds up the words of a page.
    case loadAdd = "load_add"
    /// Insertion sort of random numbers.
    case insertionSort = "insertion_sort"
    /// Fibonacci numbers by recursion.
    case fibonacci
    /// A hash of 64 pages, a call for each.
    case hash
    /// The product of two matrices of 64-bit floating-point numbers.
    case matrixProduct = "matrix_product"

    /// In the text format: exports `run`, which takes and returns an `i32`. Nothing here is unrolled.
    var module: String {
        switch self {
        case .loadAdd: Self.loadAddModule
        case .insertionSort: Self.insertionSortModule
        case .fibonacci: Self.fibonacciModule
        case .hash: Self.hashModule
        case .matrixProduct: Self.matrixProductModule
        }
    }

    /// Makes a call last some milliseconds.
    var parameter: Int32 {
        switch self {
        case .loadAdd: 1000
        case .insertionSort: 3000
        case .fibonacci: 28
        case .hash: 20
        case .matrixProduct: 100
        }
    }

    private static let loadAddModule = """
        (module
          (memory 1)
          (func (export "run") (param $times i32) (result i32)
            (local $address i32) (local $sum i32)
            (loop $again
              (local.set $address (i32.const 0))
              (loop $next
                (local.set $sum (i32.add (local.get $sum) (i32.load (local.get $address))))
                (local.set $address (i32.add (local.get $address) (i32.const 4)))
                (br_if $next (i32.lt_u (local.get $address) (i32.const 16384))))
              (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
            (local.get $sum)))
        """

    private static let insertionSortModule = """
        (module
          (memory 1)
          (func (export "run") (param $count i32) (result i32)
            (local $end i32) (local $i i32) (local $j i32) (local $value i32)
            (local.set $end (i32.shl (local.get $count) (i32.const 2)))
            (local.set $value (i32.const 1))
            (loop $fill
              (local.set $value
                (i32.add (i32.mul (local.get $value) (i32.const 1664525)) (i32.const 1013904223)))
              (i32.store (local.get $i) (local.get $value))
              (br_if $fill
                (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (local.get $end))))
            (local.set $i (i32.const 4))
            (loop $insert
              (local.set $value (i32.load (local.get $i)))
              (local.set $j (local.get $i))
              (block $found
                (loop $move
                  (br_if $found (i32.eqz (local.get $j)))
                  (br_if $found
                    (i32.le_u (i32.load (i32.sub (local.get $j) (i32.const 4))) (local.get $value)))
                  (i32.store (local.get $j) (i32.load (i32.sub (local.get $j) (i32.const 4))))
                  (local.set $j (i32.sub (local.get $j) (i32.const 4)))
                  (br $move)))
              (i32.store (local.get $j) (local.get $value))
              (br_if $insert
                (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (local.get $end))))
            (i32.load (i32.shl (local.get $count) (i32.const 1)))))
        """

    private static let fibonacciModule = """
        (module
          (func $fibonacci (export "run") (param $n i32) (result i32)
            (if (result i32) (i32.lt_u (local.get $n) (i32.const 2))
              (then (local.get $n))
              (else
                (i32.add
                  (call $fibonacci (i32.sub (local.get $n) (i32.const 1)))
                  (call $fibonacci (i32.sub (local.get $n) (i32.const 2))))))))
        """

    private static let hashModule = """
        (module
          (memory 16)
          (func $page (param $hash i64) (param $address i32) (result i64)
            (local $end i32)
            (local.set $end (i32.add (local.get $address) (i32.const 16384)))
            (loop $next
              (local.set $hash
                (i64.mul
                  (i64.xor (i64.rotl (local.get $hash) (i64.const 5)) (i64.load (local.get $address)))
                  (i64.const 0x517cc1b727220a95)))
              (local.set $address (i32.add (local.get $address) (i32.const 8)))
              (br_if $next (i32.lt_u (local.get $address) (local.get $end))))
            (local.get $hash))
          (func (export "run") (param $times i32) (result i32)
            (local $hash i64) (local $address i32)
            (loop $again
              (local.set $address (i32.const 0))
              (loop $next
                (local.set $hash (call $page (local.get $hash) (local.get $address)))
                (local.set $address (i32.add (local.get $address) (i32.const 16384)))
                (br_if $next (i32.lt_u (local.get $address) (i32.const 1048576))))
              (i64.store (i32.const 0) (local.get $hash))
              (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
            (i32.wrap_i64 (local.get $hash))))
        """

    private static let matrixProductModule = """
        (module
          (memory 8)
          (func (export "run") (param $size i32) (result i32)
            (local $row i32) (local $column i32) (local $k i32) (local $left i32) (local $right i32)
            (local $sum f64) (local $stride i32)
            (local.set $stride (i32.shl (local.get $size) (i32.const 3)))
            (loop $fill
              (f64.store (i32.shl (local.get $k) (i32.const 3)) (f64.convert_i32_u (local.get $k)))
              (f64.store offset=131072 (i32.shl (local.get $k) (i32.const 3))
                (f64.convert_i32_u (i32.and (local.get $k) (i32.const 7))))
              (br_if $fill
                (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 1)))
                  (i32.mul (local.get $size) (local.get $size)))))
            (loop $rows
              (local.set $column (i32.const 0))
              (loop $columns
                (local.set $k (local.get $size))
                (local.set $left (i32.mul (local.get $row) (local.get $stride)))
                (local.set $right (i32.shl (local.get $column) (i32.const 3)))
                (local.set $sum (f64.const 0))
                (loop $add
                  (local.set $sum
                    (f64.add (local.get $sum)
                      (f64.mul (f64.load (local.get $left)) (f64.load offset=131072 (local.get $right)))))
                  (local.set $left (i32.add (local.get $left) (i32.const 8)))
                  (local.set $right (i32.add (local.get $right) (local.get $stride)))
                  (br_if $add (local.tee $k (i32.sub (local.get $k) (i32.const 1)))))
                (f64.store offset=262144
                  (i32.add (i32.mul (local.get $row) (local.get $stride))
                    (i32.shl (local.get $column) (i32.const 3)))
                  (local.get $sum))
                (br_if $columns
                  (i32.lt_u (local.tee $column (i32.add (local.get $column) (i32.const 1)))
                    (local.get $size))))
              (br_if $rows
                (i32.lt_u (local.tee $row (i32.add (local.get $row) (i32.const 1))) (local.get $size))))
            (i32.wrap_i64 (i64.reinterpret_f64 (f64.load offset=262144
              (i32.sub (i32.mul (local.get $size) (local.get $stride)) (i32.const 8)))))))
        """
}
