import CLibPQ
import Foundation

/// The rows that a statement returned, in PostgreSQL's binary form.
struct PostgresResult: ~Copyable {
    private let result: OpaquePointer

    /// Takes `result` over.
    init(_ result: OpaquePointer) { self.result = result }

    deinit { PQclear(result) }

    var rowCount: Int { Int(PQntuples(result)) }

    /// How many rows a statement that returns none has written.
    var changedRows: Int { Int(String(cString: PQcmdTuples(result))) ?? 0 }

    /// The bytes of a column in all rows.
    func column(_ column: Int) -> [[UInt8]] { (0..<rowCount).map { bytes($0, column) } }

    func isNull(_ row: Int, _ column: Int) -> Bool { PQgetisnull(result, Int32(row), Int32(column)) != 0 }

    /// The bytes of a field, which live as long as this result.
    func withBytes<Value>(_ row: Int, _ column: Int, _ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        let length = Int(PQgetlength(result, Int32(row), Int32(column)))
        return body(UnsafeRawBufferPointer(start: PQgetvalue(result, Int32(row), Int32(column)), count: length))
    }

    /// A whole number of any width; a boolean is 0 or 1.
    func int(_ row: Int, _ column: Int) -> Int64 {
        withBytes(row, column) { bytes in
            let isNegative = bytes.count > 1 && bytes[0] & 0x80 != 0
            return bytes.reduce(isNegative ? -1 : 0) { $0 << 8 | Int64($1) }
        }
    }

    func text(_ row: Int, _ column: Int) -> String {
        withBytes(row, column) { String(decoding: $0, as: UTF8.self) }
    }

    func bytes(_ row: Int, _ column: Int) -> [UInt8] { withBytes(row, column) { Array($0) } }

    func uuid(_ row: Int, _ column: Int) -> UUID? { withBytes(row, column) { UUID(bytes: $0) } }

    /// In milliseconds since 1970.
    func time(_ row: Int, _ column: Int) -> Int64 { PostgresTime.milliseconds(from: int(row, column)) }

    /// A packed sequence of 32-bit numbers.
    func packedNumbers(_ row: Int, _ column: Int) -> [UInt32] {
        withBytes(row, column) { bytes in
            stride(from: 0, to: bytes.count - 3, by: 4).map {
                UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self))
            }
        }
    }
}
