/// A function that metering appends to a module; it has no locals but its parameters.
struct HelperFunction {
    let parameters: [ValueType]
    let results: [ValueType]
    let code: Code

    /// As the type section has it.
    var type: [UInt8] {
        [0x60, UInt8(parameters.count)] + parameters.map(\.rawValue) + [UInt8(results.count)] + results.map(\.rawValue)
    }

    /// As the code section has it.
    var body: [UInt8] { [0] + code.bytes }
}

/// A global that metering appends to a module. It is mutable, and 0 at first.
struct CounterGlobal {
    enum Width { case i32, i64 }

    /// Under which it is exported; nil for one that is not.
    let name: GasName?
    let width: Width

    /// What `StoreGuards` need.
    static let zero = CounterGlobal(name: nil, width: .i64)

    /// As the global section has it.
    var definition: [UInt8] {
        switch width {
        case .i32: [ValueType.i32.rawValue, 1] + Code(.i32(0), .end).bytes
        case .i64: [ValueType.i64.rawValue, 1] + Code(.i64(0), .end).bytes
        }
    }

    /// As the export section has it.
    func export(index: Int) -> [UInt8]? {
        guard let name else { return nil }
        var entry: [UInt8] = []
        entry.append(name: name.rawValue)
        entry.append(3)
        return entry + .unsigned(index)
    }
}
