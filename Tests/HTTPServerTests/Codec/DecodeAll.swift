@testable import HTTPServer

/// What a decoder makes of a connection's bytes.
struct Decoded {
    var requests: [(head: RequestHead, body: [UInt8])] = []
    var error: HTTPError?
    /// The bytes end within a request.
    var isIncomplete = false
}

/// Decodes a whole connection, fed in pieces of `pieceSize` bytes.
func decodeAll(
    _ bytes: [UInt8], pieceSize: Int = .max, limits: HTTPServerConfiguration.Limits = .init()
) -> Decoded {
    var decoder = RequestDecoder(limits: limits)
    var decoded = Decoded()
    var head: RequestHead?
    var body: [UInt8] = []
    var rest = bytes[...]
    do throws(HTTPError) {
        while true {
            if head == nil { head = try decoder.decodeHead() }
            if let complete = head {
                try decoder.decodeBody(to: &body)
                if decoder.isBodyComplete {
                    decoded.requests.append((complete, body))
                    head = nil
                    body = []
                    continue
                }
            }
            if rest.isEmpty { break }
            let piece = rest.prefix(pieceSize)
            rest = rest.dropFirst(pieceSize)
            piece.withUnsafeBytes { decoder.append($0) }
        }
    } catch {
        decoded.error = error
    }
    decoded.isIncomplete = decoded.error == nil && (head != nil || !decoder.isEmpty)
    return decoded
}

func decodeAll(_ text: String, pieceSize: Int = .max) -> Decoded {
    decodeAll(Array(text.utf8), pieceSize: pieceSize)
}
