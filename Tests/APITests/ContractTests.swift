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
}
