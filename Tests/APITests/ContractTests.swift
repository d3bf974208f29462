import Foundation
import Testing

@testable import API

@Suite("The contract")
struct ContractTests {
    /// `METHOD /path` of every operation, read off the indentation: paths stand at two blanks, methods at four.
    private func operations(_ contract: String) -> Set<String> {
        let methods: Set = ["get", "put", "post", "delete", "options", "head", "patch"]
        var operations: Set<String> = []
        var path = ""
        for line in contract.split(separator: "\n") {
            guard line.hasSuffix(":") else { continue }
            let method = line.dropFirst(4).dropLast()
            if line.hasPrefix("  /") {
                path = String(line.dropFirst(2).dropLast())
            } else if line.hasPrefix("    "), methods.contains(String(method)) {
                operations.insert("\(method.uppercased()) \(path)")
            }
        }
        return operations
    }

    @Test("it names exactly the routes that there are")
    func routes() async throws {
        let service = try await Service()
        let answer = try await service.get("/openapi.yaml")
        #expect(answer.headers["Content-Type"] == "application/yaml")
        let routes = Set(service.api.routes.map { "\($0.method) \($0.pattern)" })
        #expect(routes.count == service.api.routes.count)
        #expect(operations(answer.text) == routes)
    }

    @Test("it names for each operation the role that its route needs")
    func roles() async throws {
        let service = try await Service()
        let needed = service.api.endpoints.map { endpoint in
            let role = endpoint.access.role.map { "[{ token: [\($0.rawValue)] }]" } ?? "[]"
            return "\(endpoint.method) \(endpoint.pattern) \(role)"
        }
        var named: [String] = []
        var (path, method) = ("", "")
        for line in try await service.get("/openapi.yaml").text.split(separator: "\n") {
            if line.hasPrefix("  /") { path = String(line.dropFirst(2).dropLast()) }
            if let found = line.wholeMatch(of: /[ ]{4}([a-z]+):/) { method = found.1.uppercased() }
            if let found = line.wholeMatch(of: /[ ]{6}security: (.*)/) { named.append("\(method) \(path) \(found.1)") }
        }
        #expect(named.sorted() == needed.sorted())
    }

    @Test("it lists exactly the codes of problems that the sources make, and a test speaks of each")
    func codes() async throws {
        let contract = try await Service().get("/openapi.yaml").text
        let enumeration = /\n {4}ProblemCode:\n(?: {6}.*\n)*? {6}enum:\n((?: {8}- .*\n?)+)/
        let list = try #require(contract.firstMatch(of: enumeration))
        let codes = list.1.split(separator: "\n").map { $0.dropFirst("        - ".count) }.map(String.init)
        let listed = Set(codes)
        #expect(listed.count == codes.count && listed.count > 40)

        let made = try Self.texts(in: "Sources").flatMap { text in
            text.matches(of: /(?:\bcode:|\b(?:later|unprocessable)\()\s*"([a-z_]+)"/).map { String($0.1) }
        }
        // The first is a job's own, and stands in no problem document.
        #expect(Set(made).subtracting(["cancelled"]).subtracting(listed) == [])
        for (folder, what) in [("Sources", "made"), ("Tests", "tested")] {
            let literals = try Self.texts(in: folder).flatMap { $0.matches(of: /"([a-z_]+)"/).map { String($0.1) } }
            #expect(listed.subtracting(literals) == [], "no code is listed that is not \(what)")
        }
    }

    /// All Swift files in a folder of the checkout, without what runs beside the service, and without this file.
    private static func texts(in folder: String) throws -> [String] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../\(folder)")
        let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".swift") && !$0.hasPrefix("lazypages/Bench") }
            .filter { !$0.hasSuffix("ContractTests.swift") }
        return try paths.map { try String(contentsOf: folder.appending(path: $0), encoding: .utf8) }
    }
}
