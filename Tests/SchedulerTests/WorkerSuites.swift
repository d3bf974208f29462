import Testing

/// All that starts processes, one test after another: they would take each other's time.
@Suite("With worker processes", .serialized)
struct WorkerSuites {}
