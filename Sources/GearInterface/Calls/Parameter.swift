import LazyPages
import ProgramRuntime
import WorkerProtocol

/// A parameter of a function of the interface: one or two of its Wasm parameters, the memory that they point at, and the
/// value that they stand for.
struct Parameter<Value> {
    /// Where a function's arguments are, and the index of this parameter's first.
    typealias Place = (call: HostCall, index: Int)

    var types: [WasmNumberType] = [.i32]
    /// Adds the memory that will be read or written.
    var announce: (Place, inout Accesses) -> Void = { _, _ in }
    /// Called after all memory was announced.
    let value: (Place) throws(HostFailure) -> Value
}

/// The memory that a call will touch.
struct Accesses {
    private(set) var reads: [MemoryInterval] = []
    private(set) var writes: [MemoryInterval] = []
    /// The sum of all sizes.
    private(set) var byteCount: UInt64 = 0

    /// A pointer to nothing points nowhere.
    mutating func read(_ interval: MemoryInterval) {
        if interval.size > 0 { reads.append(interval) }
        byteCount += UInt64(interval.size)
    }

    mutating func write(_ interval: MemoryInterval) {
        if interval.size > 0 { writes.append(interval) }
        byteCount += UInt64(interval.size)
    }
}

extension Parameter where Value == UInt32 {
    static var number: Self { Self { place in place.call.number(place.index) } }
}

extension Parameter where Value == UInt64 {
    static var gas: Self { Self(types: [.i64]) { place in place.call.integer(place.index) } }
}

extension Parameter where Value == Bytes32 {
    static var hash: Self {
        fixed(32) { bytes in Bytes32(behindZeros: bytes) }
    }
}

extension Parameter where Value == UInt128 {
    static var value: Self {
        fixed(16) { bytes in UInt128(littleEndianBytes: bytes) }
    }

    /// No value if the pointer is the largest there is.
    static var optionalValue: Self { value(unlessAt: [.max]) }

    /// No value if the pointer is one of these.
    static func value(unlessAt absent: [UInt32]) -> Self {
        Self { place, accesses in
            guard !absent.contains(place.call.number(place.index)) else { return }
            value.announce(place, &accesses)
        } value: { place throws(HostFailure) in
            absent.contains(place.call.number(place.index)) ? 0 : try value.value(place)
        }
    }
}

/// Where a message goes, and the value that it takes along.
struct Transfer {
    var destination: Bytes32
    var value: UInt128
}

extension Parameter where Value == Transfer {
    static var transfer: Self {
        fixed(48) { bytes in
            Transfer(
                destination: Bytes32(behindZeros: Array(bytes[..<32])), value: UInt128(littleEndianBytes: bytes[32...]))
        }
    }
}

extension Parameter where Value == [UInt8]? {
    /// Pointer and length; nil if it is longer than a message can be, and then it is not looked at.
    static var payload: Self {
        Self(types: [.i32, .i32]) { place, accesses in
            if let interval = payloadInterval(place) { accesses.read(interval) }
        } value: { place throws(HostFailure) in
            guard let interval = payloadInterval(place) else { return nil }
            return try place.call.bytes(interval)
        }
    }

    private static func payloadInterval(_ place: Place) -> MemoryInterval? {
        let interval = place.call.interval(place.index, size: place.index + 1)
        return interval.size <= Limits.payload ? interval : nil
    }
}

/// Text in the program's memory, which is read as far as it is of use.
struct Text {
    let interval: MemoryInterval
}

extension Parameter where Value == Text {
    /// Pointer and length.
    static var text: Self {
        Self(types: [.i32, .i32]) { place, accesses in
            accesses.read(place.call.interval(place.index, size: place.index + 1))
        } value: { place in
            Text(interval: place.call.interval(place.index, size: place.index + 1))
        }
    }
}

/// Memory of the program that the function fills.
struct Output {
    let interval: MemoryInterval
}

extension Parameter where Value == Output {
    /// Length and pointer.
    static var buffer: Self {
        Self(types: [.i32, .i32]) { place, accesses in
            accesses.write(place.call.interval(place.index + 1, size: place.index))
        } value: { place in
            Output(interval: place.call.interval(place.index + 1, size: place.index))
        }
    }

    static var newHash: Self { output(32) }
    static var newNumber: Self { output(4) }
    static var newByte: Self { output(1) }

    private static func output(_ size: UInt32) -> Self {
        Self { place, accesses in
            accesses.write(MemoryInterval(offset: place.call.number(place.index), size: size))
        } value: { place in
            Output(interval: MemoryInterval(offset: place.call.number(place.index), size: size))
        }
    }
}

extension Parameter {
    fileprivate static func fixed(_ size: UInt32, _ decode: @escaping ([UInt8]) -> Value) -> Self {
        Self { place, accesses in
            accesses.read(MemoryInterval(offset: place.call.number(place.index), size: size))
        } value: { place throws(HostFailure) in
            decode(try place.call.bytes(MemoryInterval(offset: place.call.number(place.index), size: size)))
        }
    }
}

extension HostCall {
    /// A 32-bit argument.
    func number(_ index: Int) -> UInt32 { UInt32(truncatingIfNeeded: integer(index)) }

    /// A copy of announced memory.
    func bytes(_ interval: MemoryInterval) throws(HostFailure) -> [UInt8] {
        interval.size == 0 ? [] : try read(interval)
    }
}
