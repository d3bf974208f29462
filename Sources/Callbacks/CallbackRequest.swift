import CLibCurl
import Glibc

/// One `POST` of a callback, through libcurl. Blocks.
struct CallbackRequest {
    var url: String
    var headers: [String]
    var body: [UInt8]
    var allowsPrivateAddresses: Bool
    /// For connecting and all.
    var timeout = Duration.seconds(10)

    /// What is read of an answer's body, which nobody needs; more of it ends the transfer.
    static let longestAnswer = 64 << 10

    enum Failure: Error, Equatable {
        /// The host's addresses are all of a kind that is not called.
        case privateAddress
        /// In libcurl's words.
        case transfer(String)
    }

    private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// - Returns: the answer's status.
    func send() throws(Failure) -> Int {
        guard Self.isLibraryReady, let handle = curl_easy_init() else { throw .transfer("libcurl is not ready") }
        defer { curl_easy_cleanup(handle) }
        var list: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(list) }
        // Libcurl would wait for a permission to send a larger body.
        for header in headers + ["Expect:"] { list = curl_slist_append(list, header) }
        let transfer = Transfer(allowsPrivateAddresses: allowsPrivateAddresses)
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        let milliseconds = Int(timeout / .milliseconds(1))
        let outcome = withExtendedLifetime(transfer) {
            body.withUnsafeBytes { body in
                let options: [CURLcode] = [
                    clibcurl_set_string(handle, CURLOPT_URL, url),
                    clibcurl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https"),
                    clibcurl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0),
                    // A proxy of the environment would connect to what must not be connected to.
                    clibcurl_set_string(handle, CURLOPT_PROXY, ""),
                    clibcurl_set_long(handle, CURLOPT_NOSIGNAL, 1),
                    clibcurl_set_long(handle, CURLOPT_TIMEOUT_MS, milliseconds),
                    clibcurl_set_long(handle, CURLOPT_POST, 1),
                    clibcurl_set_body(handle, body.baseAddress, curl_off_t(body.count)),
                    clibcurl_set_headers(handle, list),
                    clibcurl_set_open_socket(handle, openSocket, context),
                    clibcurl_set_transfer(handle, CURLOPT_WRITEFUNCTION, takeAnswer),
                    clibcurl_set_pointer(handle, CURLOPT_WRITEDATA, context),
                ]
                return options.first { $0 != CURLE_OK } ?? curl_easy_perform(handle)
            }
        }
        if outcome == CURLE_OK || transfer.hasEnoughOfAnswer {
            var status = 0
            clibcurl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
            return status
        }
        if transfer.hasRefusedAddress { throw .privateAddress }
        throw .transfer(String(cString: curl_easy_strerror(outcome)))
    }
}

/// What libcurl's callbacks of one transfer share.
private final class Transfer {
    let allowsPrivateAddresses: Bool
    private(set) var hasRefusedAddress = false
    private var received = 0

    init(allowsPrivateAddresses: Bool) { self.allowsPrivateAddresses = allowsPrivateAddresses }

    var hasEnoughOfAnswer: Bool { received > CallbackRequest.longestAnswer }

    func mayConnect(to address: NetworkAddress?) -> Bool {
        if allowsPrivateAddresses || address?.isPublic == true { return true }
        hasRefusedAddress = true
        return false
    }

    /// - Returns: how many bytes are taken; fewer than given end the transfer.
    func take(_ count: Int) -> Int {
        received += count
        return hasEnoughOfAnswer ? 0 : count
    }
}

/// Here it is known which address the host's name means this time, whoever answers for the name.
private let openSocket: curl_opensocket_callback = { context, _, address in
    guard let context, let address else { return curl_socket_t(CURL_SOCKET_BAD) }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    let found = withUnsafePointer(to: &address.pointee.addr) {
        NetworkAddress($0, length: Int(address.pointee.addrlen))
    }
    guard transfer.mayConnect(to: found) else { return curl_socket_t(CURL_SOCKET_BAD) }
    return socket(
        address.pointee.family, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue), address.pointee.protocol)
}

private let takeAnswer: clibcurl_transfer = { _, size, count, context in
    guard let context else { return 0 }
    return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().take(size * count)
}
