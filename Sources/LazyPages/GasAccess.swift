/// How the fault handler reaches the program's gas counter: two plain functions and what they work on, so that using it
/// neither allocates nor counts references.
public struct GasAccess {
    /// Reads the gas left to the second argument; false if the counter cannot be reached.
    public typealias Read = @convention(c) (UnsafeMutableRawPointer, UnsafeMutablePointer<UInt64>) -> Bool
    /// Sets the gas left; false if the counter cannot be reached.
    public typealias Write = @convention(c) (UnsafeMutableRawPointer, UInt64) -> Bool

    let context: UnsafeMutableRawPointer
    let read: Read
    let write: Write

    /// - Parameters:
    ///   - context: handed to both functions; must stay valid during the execution.
    ///   - read: called once at the beginning of a fault.
    ///   - write: called once at its end.
    public init(context: UnsafeMutableRawPointer, read: @escaping Read, write: @escaping Write) {
        self.context = context
        self.read = read
        self.write = write
    }

    /// A counter that lies in memory.
    public init(address: UnsafeMutablePointer<UInt64>) {
        self.init(context: UnsafeMutableRawPointer(address), read: readFromMemory, write: writeToMemory)
    }
}

private let readFromMemory: GasAccess.Read = { context, left in
    left.pointee = context.load(as: UInt64.self)
    return true
}

private let writeToMemory: GasAccess.Write = { context, left in
    context.storeBytes(of: left, as: UInt64.self)
    return true
}
