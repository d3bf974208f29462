import Foundation
import HTTPServer

/// The two documents that come with the service: the contract, and the page for a person.
extension API {
    var documentEndpoints: [Endpoint] {
        [
            Endpoint("GET", "/openapi.yaml", .open) { _ in
                HTTPResponse(contentType: "application/yaml", bytes: PackageResources.openapi_yaml)
            },
            Endpoint("GET", "/", .open) { _ in Self.dashboard(nonce: Self.newNonce()) },
        ]
    }

    /// The page, whose script and style run only because they carry this answer's nonce (Content Security Policy,
    /// level 3); nothing else may be loaded from anywhere.
    static func dashboard(nonce: String) -> HTTPResponse {
        let page = String(decoding: PackageResources.dashboard_html, as: UTF8.self)
        var response = HTTPResponse(
            contentType: "text/html; charset=utf-8", text: page.replacing("{{nonce}}", with: nonce))
        response.headers["Content-Security-Policy"] = [
            "default-src 'none'", "script-src 'nonce-\(nonce)'", "style-src 'nonce-\(nonce)'", "img-src data:",
            "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
        ].joined(separator: "; ")
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response
    }

    private static func newNonce() -> String {
        Data((0..<16).map { _ in UInt8.random(in: .min ... .max) }).base64EncodedString()
    }
}
