import Glibc

/// What the program may do with an interval of its memory without a fault.
public enum Protection: Sendable {
    case none, read, readWrite

    var flags: Int32 {
        switch self {
        case .none: PROT_NONE
        case .read: PROT_READ
        case .readWrite: PROT_READ | PROT_WRITE
        }
    }
}

/// Sets the protection of `size` bytes from `address` on, which is aligned to the native page. Nothing for an empty
/// interval.
func protect(_ address: UInt, size: Int, _ protection: Protection) throws(ProtectionError) {
    guard size > 0 else { return }
    if mprotect(UnsafeMutableRawPointer(bitPattern: address), size, protection.flags) != 0 {
        throw ProtectionError(address: address, size: size, wanted: protection, errno: errno)
    }
}

/// Has the system provide the memory of a page at once, which is open and about to be filled: filling would otherwise
/// cost a fault for each of its native pages. It does so where the system cannot (Linux before 5.14).
func populate(_ page: UnsafeMutableRawBufferPointer) {
    madvise(page.baseAddress, page.count, MADV_POPULATE_WRITE)
}
