import Foundation
import Pages
import Testing

@testable import LazyPages

@Suite struct MemoryAreasTests {
    @Test func withTheUsualLimitOnMemoryAreas512MiBAreSafe() {
        #expect(MemoryAreas.largestSafeMemory(areas: 65_530) >= 8192)
    }

    @Test(arguments: [9000, 65_530, 262_144, 1_048_576])
    func everyPageOfASafeMemoryMayBeAnAreaOfItsOwn(areas: Int) {
        let pages = Int(MemoryAreas.largestSafeMemory(areas: areas)) * PageSize.gearPerWasm
        #expect(pages > 0)
        #expect(pages + 8000 <= areas, "and the rest of the process has areas too")
    }

    @Test func aSystemWithFewMemoryAreasHasNoSafeMemory() {
        #expect(MemoryAreas.largestSafeMemory(areas: 1000) == 0)
    }

    @Test func theSystemsOwnLimitIsAskedFor() throws {
        let text = try String(contentsOfFile: "/proc/sys/vm/max_map_count", encoding: .utf8)
        let areas = try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(MemoryAreas.largestSafeMemory() == MemoryAreas.largestSafeMemory(areas: areas))
    }

    @Test func inALargeSafeMemoryPagesMayBeTouchedInTheWorstPattern() throws {
        let harness = try Harness(wasmPages: 8192)
        try harness.begin(metered: false)
        for page in stride(from: 1, to: 8192 * PageSize.gearPerWasm, by: 2) { harness.write(page: page, 1) }
        #expect(try harness.engine.counters().writeFaults == 8192 * 2)
        #expect(try harness.engine.failure() == nil)
    }

    @Test(.enabled(if: MemoryAreas.largestSafeMemory() < 65_536))
    func beyondTheLimitTheSystemRefusesAndTheExecutionFails() async {
        await #expect(processExitsWith: .success) {
            let harness = try Harness(wasmPages: 65_536)
            try harness.begin(metered: false)
            var page = 1
            while try harness.engine.failure() == nil, page < 262_144 {
                harness.write(page: page, 1)
                page += 2
            }
            guard case .protectionFailed(let failure) = try harness.engine.failure() else {
                Issue.record("the limit was not met by \(page) pages")
                return
            }
            #expect(failure.errno == ENOMEM)
            #expect(page > Int(MemoryAreas.largestSafeMemory()) * PageSize.gearPerWasm)
        }
    }
}
