import Metering
import Pages
import ProgramRuntime
import Testing

/// The program has 2 static pages and at most 10.
@Suite struct MemoryTests {
    private func alloc(_ pages: UInt32) -> Call { Call("alloc", .i32(pages), result: .i32) }
    private func free(_ page: UInt32) -> Call { Call("free", .i32(page), result: .i32) }
    private func freeRange(_ first: UInt32, _ last: UInt32) -> Call {
        Call("free_range", .i32(first), .i32(last), result: .i32)
    }

    private func results(_ calls: [Call]) throws -> [UInt32] {
        let outcome = try Harness(["run": calls]).run()
        return calls.indices.map { outcome.result(UInt32($0)) }
    }

    @Test func memoryGrowsByWhatIsAllocated() throws {
        let outcome = try Harness(["run": [alloc(1), alloc(3)]]).run()
        #expect((outcome.result(0), outcome.result(1)) == (2, 3))
        #expect(outcome.memorySize == 6)
        let weights = Weights.standard.host
        #expect(outcome.burned == 2 * weights.memory + 4 * weights.page)
    }

    @Test func memoryThatCannotGrowIsNotAllocated() throws {
        #expect(try results([alloc(9)]) == [.max])
        #expect(try results([alloc(8), alloc(1)]) == [2, .max])
        #expect(try results([alloc(.max), alloc(65_536), alloc(1)]) == [.max, .max, 2])
        #expect(try Harness(["run": [alloc(9)]]).run().burned == Weights.standard.host.memory, "nothing grew")
    }

    @Test func noPagesAreWhereTheHeapBegins() throws {
        let outcome = try Harness(["run": [alloc(3), free(3), alloc(0)]]).run()
        #expect(outcome.result(2) == 2)
        #expect(outcome.memorySize == 5)
        #expect(outcome.report.holes.intervals == [3..<4])
        #expect(try Harness(["run": [alloc(0)]], memory: "2 2").run().result() == .max, "there is no heap")
    }

    @Test func theLowestHoleThatIsLargeEnoughIsReused() throws {
        let calls = [alloc(6), free(3), freeRange(5, 6), alloc(2), alloc(1), alloc(1)]
        #expect(try results(calls) == [2, 0, 0, 5, 3, 8])
    }

    @Test func aHoleAtTheEndOfMemoryIsContinuedByGrowing() throws {
        let outcome = try Harness(["run": [alloc(4), freeRange(4, 5), alloc(5)]]).run()
        #expect(outcome.result(2) == 4)
        #expect(outcome.memorySize == 9)
        #expect(outcome.report.holes.isEmpty)
        #expect(try results([alloc(8), free(9), alloc(1), alloc(1)]) == [2, 0, 9, .max])
        #expect(try results([alloc(8), free(8), alloc(2)]) == [2, 0, .max], "the hole is not at the end")
    }

    @Test func holesAreKeptBetweenJobs() throws {
        let harness = try Harness([
            "fill": [alloc(4), free(3)], "reuse": [alloc(1)], "grow": [alloc(1)],
        ])
        #expect(try harness.run("fill").report.holes.intervals == [3..<4])
        #expect(try harness.run("reuse").result() == 3)
        #expect(harness.holes.isEmpty)
        #expect(try harness.run("grow").result() == 6)
        #expect(harness.memorySize == 7)
    }

    @Test func onlyAllocatedPagesOfTheHeapCanBeFreed() throws {
        #expect(try results([free(1), free(0), free(2), free(65_535)]) == [1, 1, 1, 1])
        #expect(try results([alloc(1), free(2), free(2)]) == [2, 0, 1])
    }

    @Test func aRangeIsFreedAsFarAsItIsAllocated() throws {
        let outcome = try Harness(["run": [alloc(4), free(3), freeRange(2, 9), freeRange(2, 3)]]).run()
        #expect((2..<4).map { outcome.result($0) } == [0, 0])
        #expect(outcome.report.holes.intervals == [2..<6])
        #expect(try results([alloc(4), freeRange(1, 3), freeRange(3, 2), freeRange(2, 10)]) == [2, 1, 1, 1])
        #expect(try results([freeRange(5, 6)]) == [0], "pages of the heap, none of them allocated")
    }

    @Test func aPageBeyondEveryMemoryEndsTheProgram() throws {
        for call in [free(65_536), freeRange(2, 65_536), freeRange(.max, 3)] {
            guard case .stopped(.panic(let message)) = try Harness(call).run().end else {
                Issue.record("\(call) went on")
                continue
            }
            #expect(message.contains(call.name))
        }
    }

    @Test func gasThatDoesNotCoverTheGrowthEndsTheProgram() throws {
        let weights = Weights.standard.host
        let harness = try Harness(alloc(3))
        let outcome = try harness.run(gas: weights.memory + 3 * weights.page - 1)
        #expect(outcome.end == .gasLimitExceeded)
        #expect(outcome.left == 0)
        #expect(outcome.memorySize == 2, "nothing grew")
        #expect(try harness.run(gas: weights.memory + 3 * weights.page).end == .returned([]))
    }

    @Test func whatIsAllocatedCanBeWritten() throws {
        let harness = try Harness(["grow": [alloc(1)], "use": [Call("gr_source", 0x2_0000)]])
        #expect(try harness.run("use").isOutOfBounds)
        try harness.run("grow")
        #expect(try harness.run("use").bytes(at: 0x2_0000, 32) == [UInt8](repeating: 3, count: 32))
    }
}
