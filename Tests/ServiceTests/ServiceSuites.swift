import Testing

/// All that starts the whole service, one test after another: they would take each other's time.
@Suite("The whole service", .serialized, .timeLimit(.minutes(5)))
struct ServiceSuites {}
