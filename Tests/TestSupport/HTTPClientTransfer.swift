import CLibCurl
import Foundation

/// A libcurl handle; it holds the connections that are kept alive.
struct CurlHandle: ~Copyable {
    private let handle: UnsafeMutableRawPointer

    private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    init() throws(HTTPClientError) {
        guard Self.isLibraryReady, let handle = curl_easy_init() else { throw HTTPClientError(CURLE_FAILED_INIT) }
        self.handle = handle
    }

    deinit { curl_easy_cleanup(handle) }

    /// Forgets all options but keeps the connections.
    func reset() { curl_easy_reset(handle) }

    func set(_ option: CURLoption, _ value: Int) throws(HTTPClientError) {
        try check(clibcurl_set_long(handle, option, value))
    }

    func set(_ option: CURLoption, size: Int) throws(HTTPClientError) {
        try check(clibcurl_set_size(handle, option, size))
    }

    /// libcurl copies the string.
    func set(_ option: CURLoption, _ value: String) throws(HTTPClientError) {
        try check(clibcurl_set_string(handle, option, value))
    }

    /// Sends the request that the options describe, with this body and these headers.
    func perform(
        _ transfer: Transfer, headers: borrowing CurlHeaderList
    ) throws(HTTPClientError) -> HTTPClient.Response {
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        try check(clibcurl_set_headers(handle, headers.list))
        try check(clibcurl_set_transfer(handle, CURLOPT_READFUNCTION, readBody))
        try check(clibcurl_set_pointer(handle, CURLOPT_READDATA, context))
        try check(clibcurl_set_transfer(handle, CURLOPT_WRITEFUNCTION, writeBody))
        try check(clibcurl_set_pointer(handle, CURLOPT_WRITEDATA, context))
        try check(clibcurl_set_transfer(handle, CURLOPT_HEADERFUNCTION, writeHeader))
        try check(clibcurl_set_pointer(handle, CURLOPT_HEADERDATA, context))
        let outcome = withExtendedLifetime(transfer) { curl_easy_perform(handle) }
        try check(outcome)
        return HTTPClient.Response(
            status: try info(CURLINFO_RESPONSE_CODE), headers: transfer.headers, body: transfer.received,
            newConnections: try info(CURLINFO_NUM_CONNECTS))
    }

    private func info(_ info: CURLINFO) throws(HTTPClientError) -> Int {
        var value = 0
        try check(clibcurl_get_long(handle, info, &value))
        return value
    }

    private func check(_ code: CURLcode) throws(HTTPClientError) {
        guard code == CURLE_OK else { throw HTTPClientError(code) }
    }
}

/// Header lines for libcurl; `Name:` without a value takes away one that it would send by itself.
struct CurlHeaderList: ~Copyable {
    private(set) var list: UnsafeMutablePointer<curl_slist>?

    mutating func append(_ line: String) { list = curl_slist_append(list, line) }

    deinit { curl_slist_free_all(list) }
}

/// What one request sends and has received so far; libcurl's callbacks get it as their context.
final class Transfer {
    let body: [UInt8]
    private var sent = 0
    private(set) var headers: [(name: String, value: String)] = []
    private(set) var received: [UInt8] = []

    init(body: [UInt8]) { self.body = body }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, body.count - sent)
        buffer.copyBytes(from: body[sent..<sent + count])
        sent += count
        return count
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        received.append(contentsOf: bytes)
        return bytes.count
    }

    func writeHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
        let line = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        if line.hasPrefix("HTTP/") {
            // A final response after an interim one starts afresh.
            headers = []
        } else if let colon = line.firstIndex(of: ":") {
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            headers.append((String(line[..<colon]), value))
        }
        return bytes.count
    }
}

private let readBody: clibcurl_transfer = { bytes, size, count, context in
    guard let context, let bytes else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.read(into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
}

private let writeBody: clibcurl_transfer = { bytes, size, count, context in
    guard let context else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.write(UnsafeRawBufferPointer(start: bytes, count: size * count))
}

private let writeHeader: clibcurl_transfer = { bytes, size, count, context in
    guard let context else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.writeHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
}
