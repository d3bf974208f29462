import Foundation
import HTTPServer
import Testing

@testable import API

@Suite("The page for a person")
struct WebPageTests {
    /// Every file of the page by its path, with the document's own.
    private func files(_ service: Service) async throws -> [String: Answer] {
        var files = ["/": try await service.get("/")]
        for name in WebPageFile.parts.keys { files["/page/\(name)"] = try await service.get("/page/\(name)") }
        return files
    }

    @Test("its files are served with their types, under a policy that lets nothing in from elsewhere")
    func headers() async throws {
        let files = try await files(Service())
        #expect(files.count > 10)
        for (path, file) in files {
            #expect(file.status == 200)
            let type = path.hasSuffix(".js") ? "text/javascript" : path.hasSuffix(".css") ? "text/css" : "text/html"
            #expect(file.headers["Content-Type"] == "\(type); charset=utf-8", "\(path)")
            #expect(file.headers["X-Content-Type-Options"] == "nosniff")
            #expect(file.headers["Referrer-Policy"] == "no-referrer")
            let policy = try #require(file.headers["Content-Security-Policy"])
            let directives = Set(policy.split(separator: "; ").map(String.init))
            let needed: Set = [
                "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'",
                "img-src 'self' data:", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
                "require-trusted-types-for 'script'", "trusted-types 'none'",
            ]
            #expect(directives == needed)
        }
    }

    @Test("a browser that has a file is told so, by a tag that no other file has")
    func tags() async throws {
        let service = try await Service()
        let files = try await files(service)
        var tags: Set<String> = []
        for (path, file) in files {
            let tag = try #require(file.headers["ETag"])
            tags.insert(tag)
            #expect(file.headers["Cache-Control"] == "no-cache")
            let again = try await service.get(path, headers: ["If-None-Match": "\"other\", \(tag)"])
            #expect(again.status == 304 && again.body.isEmpty)
            #expect(again.headers["ETag"] == tag && again.headers["Cache-Control"] == "no-cache")
            #expect(try await service.get(path, headers: ["If-None-Match": "\"other\""]).body == file.body)
        }
        #expect(tags.count == files.count)
    }

    @Test("a name that is no file's is not found", arguments: ["page.htm", "page.html", "openapi.yaml", "PAGE.JS"])
    func unknown(name: String) async throws {
        #expect(try await Service().get("/page/\(name)").problem() == Problem(404, "not_found"))
    }

    @Test("it needs no token, and neither do its files")
    func open() async throws {
        let service = try await Service(tokens: Tokens.keeper(Tokens.entry("reader", .read)))
        for file in try await files(service).values { #expect(file.status == 200) }
    }

    @Test("every file that one of them names is there, and every one is named")
    func complete() async throws {
        let files = try await files(Service())
        var named: Set = ["/"]
        for (path, file) in files {
            named.formUnion(file.text.matches(of: /(?:src|href)="(\/page\/[^"]+)"/).map { String($0.1) })
            named.formUnion(file.text.matches(of: /from "\.\/([^"]+)"/).map { "/page/\($0.1)" })
            #expect(!file.text.contains("from \"/"), "\(path)")
        }
        #expect(named == Set(files.keys))
    }

    @Test("it loads nothing from elsewhere, and never makes markup or code of text")
    func selfContained() async throws {
        let forbidden = [
            "http://", "https://", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
            "new Function", "srcdoc", "style=\"", "onclick=\"", "onerror=\"", "@import", "url(",
        ]
        for (path, file) in try await files(Service()) {
            let text = file.text.replacing("http://www.w3.org/2000/svg", with: "")
            for word in forbidden { #expect(!text.contains(word), "\(path): \(word)") }
        }
    }
}
