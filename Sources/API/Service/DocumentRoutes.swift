import HTTPServer

/// The contract, as the service itself answers it.
extension API {
    var documentEndpoints: [Endpoint] {
        [
            Endpoint("GET", "/openapi.yaml", .open) { _ in
                HTTPResponse(contentType: "application/yaml", bytes: PackageResources.openapi_yaml)
            }
        ]
    }
}
