import CFaultSignal
import Testing

@Suite struct Aarch64FrameTests {
    /// The bytes of one record: its magic, its size as it says itself, and what follows.
    private struct Record {
        var magic: UInt32
        var size: UInt32
        var content: [UInt64] = []

        /// Exception class and cause of a fault, where bit 6 is set for a write.
        static func syndrome(_ value: UInt64, size: UInt32 = 16) -> Record {
            Record(magic: LAZYPAGES_AARCH64_ESR_MAGIC, size: size, content: [value])
        }

        static let floatingPoint = Record(magic: 0x4650_8001, size: 528, content: Array(repeating: 0, count: 65))
        /// Points outside the area, to where more records are.
        static let extra = Record(magic: 0x4558_5401, size: 32, content: [0xDEAD_0000, 64, 0])
        static let end = Record(magic: 0, size: 0)
    }

    private static let read: UInt64 = 0x9200_0007
    private static let write: UInt64 = 0x9200_0047
    private static let instructionAbort: UInt64 = 0x8200_0047
    private static let dataAbortInKernel: UInt64 = 0x9600_0047

    private func access(_ records: [Record], areaSize: Int = 4096) -> lazypages_access {
        var bytes: [UInt8] = []
        for record in records {
            withUnsafeBytes(of: (record.magic, record.size)) { bytes.append(contentsOf: $0) }
            record.content.withUnsafeBytes { bytes.append(contentsOf: $0) }
        }
        bytes.append(contentsOf: Array(repeating: 0, count: max(0, areaSize - bytes.count)))
        return lazypages_aarch64_access(bytes, areaSize)
    }

    @Test func aDataAbortsSyndromeTellsReadFromWrite() {
        #expect(access([.syndrome(Self.read), .end]) == LAZYPAGES_ACCESS_READ)
        #expect(access([.syndrome(Self.write), .end]) == LAZYPAGES_ACCESS_WRITE)
    }

    @Test func otherRecordsBeforeTheSyndromeAreSkipped() {
        #expect(access([.floatingPoint, .syndrome(Self.write), .end]) == LAZYPAGES_ACCESS_WRITE)
        #expect(access([.floatingPoint, .extra, .syndrome(Self.read), .end]) == LAZYPAGES_ACCESS_READ)
    }

    @Test func aFrameWithoutTheRecordIsUnknown() {
        #expect(access([]) == LAZYPAGES_ACCESS_UNKNOWN)
        #expect(access([.end]) == LAZYPAGES_ACCESS_UNKNOWN)
        #expect(access([.floatingPoint, .end]) == LAZYPAGES_ACCESS_UNKNOWN)
        #expect(access([.floatingPoint, .extra, .end]) == LAZYPAGES_ACCESS_UNKNOWN)
        #expect(access([], areaSize: 0) == LAZYPAGES_ACCESS_UNKNOWN)
    }

    @Test func nothingBehindTheEndIsBelieved() {
        #expect(access([.floatingPoint, .end, .end, .syndrome(Self.write)]) == LAZYPAGES_ACCESS_UNKNOWN)
        let endOfSomeSize = Record(magic: 0, size: 16, content: [0])
        #expect(access([endOfSomeSize, .syndrome(Self.write)]) == LAZYPAGES_ACCESS_UNKNOWN)
    }

    @Test func anotherExceptionClassIsUnknown() {
        #expect(access([.syndrome(Self.instructionAbort), .end]) == LAZYPAGES_ACCESS_UNKNOWN)
        #expect(access([.syndrome(Self.dataAbortInKernel), .end]) == LAZYPAGES_ACCESS_UNKNOWN)
        #expect(access([.syndrome(0), .end]) == LAZYPAGES_ACCESS_UNKNOWN)
    }

    @Test func aTruncatedSyndromeIsUnknown() {
        #expect(access([.syndrome(Self.write, size: 8), .end]) == LAZYPAGES_ACCESS_UNKNOWN)
        #expect(access([.syndrome(Self.write, size: 15), .end]) == LAZYPAGES_ACCESS_UNKNOWN)
        #expect(access([.syndrome(Self.write)], areaSize: 15) == LAZYPAGES_ACCESS_UNKNOWN)
        #expect(access([.syndrome(Self.write)], areaSize: 8) == LAZYPAGES_ACCESS_UNKNOWN)
        #expect(access([.syndrome(Self.write)], areaSize: 7) == LAZYPAGES_ACCESS_UNKNOWN)
        #expect(access([.syndrome(Self.write)], areaSize: 16) == LAZYPAGES_ACCESS_WRITE)
    }

    @Test(arguments: [0, 7, 4096, .max] as [UInt32])
    func aRecordOfAnImpossibleSizeEndsTheWalk(size: UInt32) {
        let record = Record(magic: 0x4650_8001, size: size, content: [0])
        #expect(access([record, .syndrome(Self.write), .end]) == LAZYPAGES_ACCESS_UNKNOWN)
        #expect(access([.floatingPoint, record, .syndrome(Self.write), .end]) == LAZYPAGES_ACCESS_UNKNOWN)
    }

    @Test func aRecordThatMakesTheNextMisalignedEndsTheWalk() {
        let record = Record(magic: 0x4650_8001, size: 24, content: [0, 0])
        #expect(access([record, .syndrome(Self.write), .end]) == LAZYPAGES_ACCESS_UNKNOWN)
    }

    @Test func theAreaNeedNotBeAligned() {
        let bytes: [UInt8] = [0xFF, 0x01, 0x52, 0x53, 0x45, 16, 0, 0, 0, 0x47, 0, 0, 0x92, 0, 0, 0, 0]
        let access = bytes.withUnsafeBytes { lazypages_aarch64_access($0.baseAddress.map { $0 + 1 }, 16) }
        #expect(access == LAZYPAGES_ACCESS_WRITE)
    }
}
