import CLibCurl

/// A URL as libcurl reads it: whoever checks it and whoever connects must not see different hosts in it.
struct CallbackURL {
    /// In lower case; a literal IPv6 address without its brackets.
    let host: String

    /// Nil unless it is absolute, has the scheme http or https and a host, and names no user.
    init?(_ text: String) {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), let url = curl_url() else { return nil }
        defer { curl_url_cleanup(url) }
        guard curl_url_set(url, CURLUPART_URL, text, UInt32(CURLU_DISALLOW_USER)) == CURLUE_OK,
            let scheme = Self.part(CURLUPART_SCHEME, of: url), ["http", "https"].contains(scheme.lowercased()),
            let host = Self.part(CURLUPART_HOST, of: url), !host.isEmpty
        else { return nil }
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        self.host = (isBracketed ? String(host.dropFirst().dropLast()) : host).lowercased()
    }

    private static func part(_ part: CURLUPart, of url: OpaquePointer) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(url, part, &text, 0) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}
