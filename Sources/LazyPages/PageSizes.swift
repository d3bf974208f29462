import Glibc

/// The page sizes that the engine works with, in bytes.
struct PageSizes: Equatable, Sendable {
    let wasm: Int
    let gear: Int

    static let native = sysconf(Int32(_SC_PAGESIZE))

    /// - Parameter sizes: Wasm first, Gear second.
    init(_ sizes: [Int]) throws(InitError) {
        guard sizes.count == 2 else { throw .wrongNumberOfPageSizes(sizes.count) }
        let (wasm, gear, native) = (sizes[0], sizes[1], Self.native)
        guard wasm != 0, gear != 0 else { throw .zeroPageSize }
        guard wasm >= gear, gear >= native, [wasm, gear, native].allSatisfy(Self.isPowerOfTwo) else {
            throw .unsuitablePageSizes(wasm: wasm, gear: gear, native: native)
        }
        self.wasm = wasm
        self.gear = gear
    }

    /// A page lies within the 32-bit address space.
    private static func isPowerOfTwo(_ size: Int) -> Bool {
        (1..<AddressSpace.size).contains(size) && size.nonzeroBitCount == 1
    }
}
