import Foundation
import Pages

/// What a row of `pages` stands for, in its column `content`.
enum PageContent: String {
    /// The column `bytes` holds the page.
    case bytes
    /// The page is all zeros, which is frequent and needs no bytes.
    case zeros
    /// The page was freed. Its row stays, so that a job that started before can tell it from one never stored.
    case freed
}

/// A row of `pages` to be written.
struct PageRow {
    let page: PageNumber
    let content: PageContent
    /// Present where `content` is `bytes`.
    let bytes: [UInt8]?

    /// - Precondition: `bytes` is exactly one page.
    init(_ page: PageNumber, bytes: [UInt8]) {
        precondition(bytes.count == PageSize.gear, "a stored page has \(PageSize.gear) bytes")
        self.page = page
        let isZero = bytes.withUnsafeBytes { isAllZero($0) }
        content = isZero ? .zeros : .bytes
        self.bytes = isZero ? nil : bytes
    }

    init(freed page: PageNumber) {
        self.page = page
        content = .freed
        bytes = nil
    }
}

extension Commit {
    /// The rows that the commit writes.
    var pageRows: [PageRow] {
        pages.map { PageRow($0.page, bytes: $0.bytes) } + freedPages.map { PageRow(freed: $0) }
    }
}

/// Whether a non-empty buffer holds nothing but zeros: its first byte is zero and every byte equals the next.
private func isAllZero(_ buffer: UnsafeRawBufferPointer) -> Bool {
    guard let start = buffer.baseAddress else { return true }
    return buffer[0] == 0 && memcmp(start, start + 1, buffer.count - 1) == 0
}

extension PageRead {
    /// Takes what a row holds for a page as of `version`, and copies the page's bytes to `buffer`.
    init(
        content: PageContent, version: Int64, asOf expected: Int64, bytes: UnsafeRawBufferPointer,
        into buffer: UnsafeMutableRawBufferPointer
    ) {
        if version > expected {
            self = .changed
        } else if content == .freed {
            self = .notStored
        } else if content == .zeros {
            buffer.initializeMemory(as: UInt8.self, repeating: 0)
            self = .found
        } else if bytes.count == buffer.count {
            buffer.copyMemory(from: bytes)
            self = .found
        } else {
            self = .wrongSize(bytes.count)
        }
    }
}
