import Testing
import Tracing

@Suite("The context of a trace")
struct TraceContextTests {
    private let sample = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test("a field that names a step is followed by another step of the same trace")
    func following() throws {
        let parent = try #require(TraceContext(traceparent: sample))
        #expect(parent.traceparent == sample)
        let step = TraceContext(following: [sample])
        #expect(step.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(step.spanID != parent.spanID)
        #expect(step.isSampled)
        #expect(TraceContext(traceparent: step.traceparent) == step)
        #expect(!TraceContext(following: [sample.replacing("-01", with: "-00")]).isSampled)
    }

    @Test("a later version is understood as far as it is known, and unknown flags are not passed on")
    func laterVersion() {
        let step = TraceContext(traceparent: "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-09-what-else")
        #expect(step?.traceparent == sample)
    }

    @Test(
        "what names no step begins a new trace",
        arguments: [
            "", "00", "4bf92f3577b34da6a3ce929d0e0e4736",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e473é-00f067aa0ba902b7-01",
            " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ])
    func invalid(field: String) {
        #expect(TraceContext(traceparent: field) == nil)
        let step = TraceContext(following: [field])
        #expect(TraceContext(traceparent: step.traceparent) == step)
        #expect(!field.contains(step.traceID))
    }

    @Test("no field, or two, begin a new trace, each another one")
    func new() {
        #expect(TraceContext(following: []).traceID != TraceContext(following: []).traceID)
        #expect(TraceContext(following: [sample, sample]).traceID != "4bf92f3577b34da6a3ce929d0e0e4736")
    }
}
