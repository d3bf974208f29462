/// Types that a value of the served WebAssembly can have.
enum ValueType: UInt8 {
    case i32 = 0x7F
    case i64 = 0x7E
    case f32 = 0x7D
    case f64 = 0x7C
    case v128 = 0x7B
    case funcref = 0x70
    case externref = 0x6F
}

struct GlobalType: Equatable {
    let value: ValueType
    let isMutable: Bool
}

extension ByteReader {
    mutating func valueType() throws(MeteringError) -> ValueType {
        let start = offset
        let byte = try byte()
        // The long spelling of a type of references that may be null.
        if byte == 0x63 { return try heapType() }
        guard let type = ValueType(rawValue: byte) else { throw MeteringError(.malformedType(byte), at: start) }
        return type
    }

    mutating func referenceType() throws(MeteringError) -> ValueType {
        let start = offset
        let type = try valueType()
        guard type == .funcref || type == .externref else {
            throw MeteringError(.malformedType(type.rawValue), at: start)
        }
        return type
    }

    /// What references refer to, spelled as the references that may be null.
    mutating func heapType() throws(MeteringError) -> ValueType {
        let start = offset
        let byte = try byte()
        guard let type = ValueType(rawValue: byte), type == .funcref || type == .externref else {
            throw MeteringError(.malformedType(byte), at: start)
        }
        return type
    }

    mutating func globalType() throws(MeteringError) -> GlobalType {
        let value = try valueType()
        let start = offset
        let mutability = try byte()
        guard mutability < 2 else { throw MeteringError(.malformedMutability(mutability), at: start) }
        return GlobalType(value: value, isMutable: mutability == 1)
    }

    /// - Returns: the number of parameters.
    mutating func functionType() throws(MeteringError) -> Int {
        let start = offset
        let form = try byte()
        guard form == 0x60 else { throw MeteringError(.malformedType(form), at: start) }
        let parameters = try count()
        for _ in 0..<parameters { _ = try valueType() }
        let resultsStart = offset
        let results = try count()
        guard results <= Limits.valueCount else {
            throw MeteringError(.tooLarge("the number of results", limit: Limits.valueCount), at: resultsStart)
        }
        for _ in 0..<results { _ = try valueType() }
        return parameters
    }

    mutating func skipLimits() throws(MeteringError) {
        let start = offset
        let flags = try byte()
        switch flags {
        case 0: _ = try unsigned()
        case 1:
            _ = try unsigned()
            _ = try unsigned()
        case 2, 3: throw MeteringError(.unsupportedFeature("shared memory"), at: start)
        case 4...7: throw MeteringError(.unsupportedFeature("a 64-bit memory or table"), at: start)
        default: throw MeteringError(.unsupportedFeature("a memory's own page size"), at: start)
        }
    }
}
