import CWasmtime
import Glibc

/// A program's linear memory: the address space that Wasmtime asks for is reserved once, inaccessible, and grows in
/// place.
final class LinearMemory {
    let base: UnsafeMutableRawPointer
    /// In bytes.
    private(set) var size: Int
    private let reserved: Int
    private let mapped: Int

    /// While a program runs, what it grows stays inaccessible: told the new size in bytes, this answers whether the
    /// engine has taken it.
    var grownWhileRunning: ((Int) -> Bool)?

    /// - Parameters: all in bytes.
    init?(size: Int, reserved: Int, guardSize: Int) {
        self.size = size
        self.reserved = max(reserved, size)
        mapped = self.reserved + guardSize
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        guard let base = mmap(nil, mapped, PROT_NONE, flags, -1, 0), base != MAP_FAILED else { return nil }
        self.base = base
        if size > 0, mprotect(base, size, PROT_READ | PROT_WRITE) != 0 {
            munmap(base, mapped)
            return nil
        }
    }

    deinit { munmap(base, mapped) }

    fileprivate func grow(to newSize: Int) -> Bool {
        guard newSize >= size, newSize <= reserved else { return false }
        if let grownWhileRunning {
            guard grownWhileRunning(newSize) else { return false }
        } else if !open(upTo: newSize) {
            return false
        }
        size = newSize
        return true
    }

    /// Makes the bytes behind the present end accessible.
    func open(upTo newSize: Int) -> Bool {
        newSize <= size || mprotect(base + size, newSize - size, PROT_READ | PROT_WRITE) == 0
    }

    var bytes: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(start: base, count: size) }

    fileprivate var capacity: Int { reserved }
}

/// Tells an instantiation which memory Wasmtime made for it: the C API has no way from an instance to its creator's
/// object. An engine is used by one thread, so the newest is the one.
final class LinearMemoryMaker {
    fileprivate var newest: LinearMemory?

    /// The memory that an instantiation has just made.
    func takeNewest() -> LinearMemory? {
        defer { newest = nil }
        return newest
    }
}

/// Wasmtime's callbacks. `env` is the engine's `LinearMemoryMaker`; the memory is retained by Wasmtime until its finalizer.
let newLinearMemory: wasmtime_new_memory_callback_t = { env, _, minimum, _, reserved, guardSize, result in
    guard let env, let memory = LinearMemory(size: minimum, reserved: reserved, guardSize: guardSize) else {
        return wasmtime_error_new("the system has no address space for a linear memory")
    }
    Unmanaged<LinearMemoryMaker>.fromOpaque(env).takeUnretainedValue().newest = memory
    result?.pointee = wasmtime_linear_memory_t(
        env: Unmanaged.passRetained(memory).toOpaque(), get_memory: getLinearMemory,
        grow_memory: growLinearMemory, finalizer: releaseLinearMemory)
    return nil
}

private let getLinearMemory:
    @convention(c) (UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>?, UnsafeMutablePointer<Int>?) ->
        UnsafeMutablePointer<UInt8>? = { env, size, capacity in
            guard let env else { return nil }
            let memory = Unmanaged<LinearMemory>.fromOpaque(env).takeUnretainedValue()
            size?.pointee = memory.size
            capacity?.pointee = memory.capacity
            return memory.base.assumingMemoryBound(to: UInt8.self)
        }

private let growLinearMemory: @convention(c) (UnsafeMutableRawPointer?, Int) -> OpaquePointer? = { env, newSize in
    guard let env, Unmanaged<LinearMemory>.fromOpaque(env).takeUnretainedValue().grow(to: newSize) else {
        return wasmtime_error_new("the linear memory cannot grow")
    }
    return nil
}

private let releaseLinearMemory: @convention(c) (UnsafeMutableRawPointer?) -> Void = { env in
    if let env { Unmanaged<LinearMemory>.fromOpaque(env).release() }
}
