import Digests
import HTTPServer

/// The page for a person: a document, its style, and the modules of its script, which browsers take as they are.
extension API {
    var webPageEndpoints: [Endpoint] {
        [
            Endpoint("GET", "/", .open) { request in WebPageFile.document.response(to: request) },
            Endpoint("GET", "/page/{name}", .open) { request in
                guard let file = WebPageFile.parts[request.parameters["name"] ?? ""] else {
                    throw HTTPError(status: 404, code: "not_found", detail: "The page has no such part.")
                }
                return file.response(to: request)
            },
        ]
    }
}

/// A file of the page, ready to be sent.
struct WebPageFile: Sendable {
    let contentType: String
    let bytes: [UInt8]
    let tag: EntityTag

    init(_ contentType: String, _ bytes: [UInt8]) {
        self.contentType = contentType
        self.bytes = bytes
        tag = EntityTag(content: bytes)
    }

    static let document = WebPageFile("text/html; charset=utf-8", PackageResources.page_html)

    /// What the document is made of, by the last segment of the path.
    static let parts: [String: WebPageFile] = {
        let modules = [
            "activity.js": PackageResources.activity_js, "api.js": PackageResources.api_js,
            "bytes.js": PackageResources.bytes_js, "chart.js": PackageResources.chart_js,
            "dom.js": PackageResources.dom_js, "format.js": PackageResources.format_js,
            "job.js": PackageResources.job_js, "jobs.js": PackageResources.jobs_js,
            "memory.js": PackageResources.memory_js, "overview.js": PackageResources.overview_js,
            "page.js": PackageResources.page_js, "picture.js": PackageResources.picture_js,
            "program.js": PackageResources.program_js, "programs.js": PackageResources.programs_js,
            "run.js": PackageResources.run_js, "stats.js": PackageResources.stats_js,
            "upload.js": PackageResources.upload_js,
        ]
        var parts = modules.mapValues { WebPageFile("text/javascript; charset=utf-8", $0) }
        parts["page.css"] = WebPageFile("text/css; charset=utf-8", PackageResources.page_css)
        return parts
    }()

    /// Nothing comes from elsewhere, nothing that stands in markup is run or styles, and no text is ever made into markup.
    private static let policy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' data:",
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
        "require-trusted-types-for 'script'", "trusted-types 'none'",
    ].joined(separator: "; ")

    /// The file, or 304 for a browser that has it. It is asked for each time, since another version of the service has
    /// another one under the same name.
    func response(to request: HTTPRequest) -> HTTPResponse {
        var response = HTTPResponse(status: 304)
        if !request.headers.all("If-None-Match").contains(where: tag.matches(ifNoneMatch:)) {
            response = HTTPResponse(contentType: contentType, bytes: bytes)
        }
        response.headers["ETag"] = tag.description
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Content-Security-Policy"] = Self.policy
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response
    }
}
