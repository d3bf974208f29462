import Testing

extension ServiceSuites {
    @Suite("lazypages bench chaos")
    struct BenchChaosTests {
        @Test("wrong usage is status 2, with a line that names the option")
        func usage() async throws {
            for (option, value) in [("--seconds", "0"), ("--jobs", "0"), ("--servers", "17"), ("--lease-seconds", "0")]
            {
                let ended = try await Executable.run(["bench", "chaos", option, value])
                #expect(ended.end == .exited(2), "\(option) \(value)")
                #expect(ended.output.isEmpty)
                #expect(ended.errors.hasPrefix("lazypages: \(option)"), "\(ended.errors)")
            }
        }
    }
}
