import Glibc
import LazyPages
import Pages
import ProgramRuntime
import Testing
import WorkerProtocol

@Suite struct ExecutionTests {
    @Test func memoryPersistsThroughWrittenPages() throws {
        let harness = try Harness()
        let first = try harness.run("write", 8, 5)
        #expect(first.written == [8])
        let second = try harness.run("read", 8)
        #expect(second.end == .returned([.integer(5)]))
        #expect(second.counters.pagesLoaded == 1)
        #expect(second.gasLeft == 1_000_000 - 10 - 100 - 1000)
    }

    @Test func dataSegmentsAreThereUntilAPageIsStored() throws {
        let harness = try Harness()
        #expect(try harness.run("read", 5).end == .returned([.integer(0x69)]))
        try harness.run("write", 5, 7)
        #expect(Array(try #require(harness.source.pages[5]).prefix(7)) == [7] + Array("nitial".utf8))
    }

    @Test func everyChargeOfManyFaultsArrives() throws {
        let harness = try Harness(
            """
            (module (memory (export "memory") 1024)
              (global $gas (export "gear_gas") (mut i64) (i64.const 0))
              (func $charge (global.set $gas (i64.sub (global.get $gas) (i64.const 1))))
              (func (export "sweep") (local $page i32)
                (loop $next
                  (call $charge)
                  (i32.store8 (i32.shl (local.get $page) (i32.const 14))
                    (i32.load8_u (i32.shl (local.get $page) (i32.const 14))))
                  (local.set $page (i32.add (local.get $page) (i32.const 1)))
                  (br_if $next (i32.lt_u (local.get $page) (i32.const 4096))))))
            """)
        let report = try harness.run("sweep", gasLimit: 10_000_000)
        #expect(report.gasLeft == 10_000_000 - 4096 * (1 + 100 + 300))
        #expect(report.written.count == 4096)
    }

    @Test func gasThatRunsOutEndsTheProgramAtTheFaultingInstruction() throws {
        let harness = try Harness()
        let report = try harness.run("sweep", 8, 6, gasLimit: 10 + 2 * (1 + 400) + 1 + 99)
        #expect(report.end == .gasLimitExceeded)
        #expect(report.status == .gasLimitExceeded)
        #expect(report.gasLeft == 0)
        #expect(report.accessed == [8, 9])
        #expect(report.charges.signalRead == 2)
    }

    @Test func nothingOfTheProgramRunsAfterTheInstructionWhoseGasRanOut() throws {
        let harness = try Harness(
            """
            (module (memory (export "memory") 1)
              (global $gas (export "gear_gas") (mut i64) (i64.const 0))
              (func (export "handle")
                (drop (i32.load (i32.const 0)))
                (global.set $gas (i64.const 50))))
            """)
        let report = try harness.run("handle", gasLimit: 99)
        #expect(report.end == .gasLimitExceeded)
        #expect(report.gasLeft == 0)
        #expect(try harness.run("handle", gasLimit: 100).gasLeft == 50, "the program does what it says")
    }

    @Test(arguments: [101, -1])
    func aCounterAboveTheGasLimitIsExhaustedGas(value: Int) throws {
        let harness = try Harness(
            """
            (module (memory (export "memory") 1)
              (global $gas (export "gear_gas") (mut i64) (i64.const 0))
              (func (export "handle") (global.set $gas (i64.const \(value)))))
            """)
        let report = try harness.run("handle", gasLimit: 100)
        #expect(report.end == .gasLimitExceeded)
        #expect(report.gasLeft == 0)
    }

    @Test func gasThatRunsOutInTheLastPageOfABulkInstructionIsNoSuccess() throws {
        let harness = try Harness()
        let report = try harness.run("fill", 8, 3, gasLimit: 10 + 2 * 200 + 199)
        #expect(report.end == .gasLimitExceeded)
        #expect(report.gasLeft == 0)
        #expect(try harness.run("fill", 8, 3, gasLimit: 10 + 3 * 200).gasLeft == 0)
    }

    @Test func memoryThatGrowsAfterTheGasRanOutEndsTheProgramToo() async {
        // In a process of its own, for a fault that comes again and again can be ended only from outside.
        await #expect(processExitsWith: .success) {
            alarm(60)
            let harness = try Harness(
                """
                (module (memory (export "memory") 1 2)
                  (global (export "gear_gas") (mut i64) (i64.const 0))
                  (func $exhaust_and_grow
                    (memory.fill (i32.const 0) (i32.const 7) (i32.const 65536))
                    (drop (memory.grow (i32.const 1))))
                  (func (export "fill")
                    (call $exhaust_and_grow) (memory.fill (i32.const 65536) (i32.const 7) (i32.const 65536)))
                  (func (export "store")
                    (call $exhaust_and_grow) (i32.store (i32.const 65536) (i32.const 7))))
                """)
            for entry in ["fill", "store"] {
                let report = try harness.run(entry, gasLimit: 200)
                #expect(report.end == .gasLimitExceeded)
                #expect(report.gasLeft == 0)
                #expect(report.accessed == [0])
            }
        }
    }

    @Test func aModulesOwnChargeThatFailsIsExhaustedGasNotATrap() throws {
        let report = try Harness().run("fail", gasLimit: 9)
        #expect(report.end == .gasLimitExceeded)
        #expect(report.status == .normal)
        #expect(report.gasLeft == 0)
    }

    @Test func bulkInstructionsFaultPageByPage() throws {
        let harness = try Harness()
        harness.source.pages[9] = Array(repeating: 1, count: PageSize.gear)
        let report = try harness.run("fill", 8, 3)
        #expect(report.written == [8, 9, 10])
        #expect(report.gasLeft == 1_000_000 - 10 - 3 * 200 - 1000)
        #expect(harness.source.pages[9] == Array(repeating: 7, count: PageSize.gear))
    }

    @Test func grownMemoryIsLazyAndPersists() throws {
        let harness = try Harness()
        let grown = try harness.run("grow_and_write", 4)
        #expect(grown.end == .returned([.integer(20)]))
        #expect(grown.memorySize == 24)
        #expect(grown.written == [80])
        #expect(grown.gasLeft == 1_000_000 - 10 - 200)
        #expect(try harness.run("read", 80).end == .returned([.integer(9)]))
        #expect(try harness.run("read", 95).end == .returned([.integer(0)]))
        guard case .memoryOutOfBounds = try harness.run("read", 96).end else {
            Issue.record("page 96 is behind the memory")
            return
        }
    }

    @Test func memoryThatBeginsWithNothingIsLazyWhenItGrows() throws {
        let harness = try Harness(
            """
            (module (memory (export "memory") 0 2)
              (global (export "gear_gas") (mut i64) (i64.const 0))
              (func (export "write")
                (drop (memory.grow (i32.const 1)))
                (i32.store8 (i32.const 16384) (i32.const 3)))
              (func (export "read") (result i32) (i32.load8_u (i32.const 16384))))
            """)
        let report = try harness.run("write")
        #expect(report.written == [1])
        #expect(report.gasLeft == 1_000_000 - 200)
        #expect(report.memorySize == 1)
        #expect(try harness.run("read").end == .returned([.integer(3)]))
    }

    @Test func memoryDoesNotGrowBeyondTheMaximum() throws {
        let report = try Harness().run("grow_and_write", 45)
        #expect(report.memorySize == 20)
        guard case .memoryOutOfBounds = report.end else {
            Issue.record("the store after the refused grow is at 0xFFFF0000, found \(report.end)")
            return
        }
    }

    @Test func anAccessOutsideMemorySaysWhere() throws {
        guard case .memoryOutOfBounds(let trap) = try Harness().run("read", 80).end else {
            Issue.record("page 80 is behind the memory")
            return
        }
        #expect(trap.kind == "memory_out_of_bounds")
        #expect(trap.codeOffset != nil)
        #expect(trap.function != nil)
    }

    @Test(arguments: [("fail", "unreachable"), ("deep", "stack_overflow")])
    func eachTrapHasItsKind(entry: String, kind: String) throws {
        guard case .trapped(let trap) = try Harness().run(entry).end else {
            Issue.record("\(entry) must trap")
            return
        }
        #expect(trap.kind == kind)
    }

    @Test func aDivisionByZeroIsATrap() throws {
        guard case .trapped(let trap) = try Harness().run("divide", 0).end else {
            Issue.record("a division by zero must trap")
            return
        }
        #expect(trap.kind == "integer_division_by_zero")
    }

    @Test func numbersOfEveryTypeComeBackAsTheyWent() throws {
        let numbers: [WasmNumber] = [.integer(-1), .unsigned(.max), .float(0.5), .float(.infinity)]
        let report = try Harness().run("numbers", numbers)
        #expect(report.end == .returned([.float(.infinity), .float(0.5), .integer(-1), .integer(-1)]))
    }

    @Test func aModuleWithoutAGasGlobalRunsUnmetered() throws {
        let harness = try Harness(Modules.unmetered)
        let report = try harness.run("write", 70_000, 3)
        #expect(report.gasLeft == nil)
        #expect(report.charges == ChargeCounts())
        #expect(report.written == [4])
        #expect(try harness.run("read", 70_000).end == .returned([.integer(3)]))
    }

    @Test func theStackEndIsRoundedUpToAWasmPageAndTheStackIsFree() throws {
        let harness = try Harness()
        #expect(harness.description.stackEnd == 1)
        let report = try harness.run("write", 3, 1)
        #expect(report.accessed == [])
        #expect(report.gasLeft == 1_000_000 - 10)
    }
}
