import HTTPServer
import Testing

@testable import API

@Suite("What a client prefers")
struct PreferencesTests {
    private func read(_ fields: [String]) -> Preferences {
        var headers = HTTPHeaders()
        for field in fields { headers.append("Prefer", field) }
        return Preferences(headers)
    }

    @Test(
        "preferences are read from any number of fields, in any case, with parameters and quotes",
        arguments: [
            ([], false, nil), (["respond-async"], true, nil), (["Respond-Async"], true, nil), (["wait=5"], false, 5),
            (["WAIT = 5"], false, 5), (["wait=\"5\""], false, 5), (["respond-async, wait=10"], true, 10),
            (["wait=10", "respond-async"], true, 10), (["respond-async; foo=\"a,b\", wait=3"], true, 3),
            (["handling=lenient, wait=0"], false, 0), (["return=\"a, wait=7\", wait=8"], false, 8),
            (["foo=\"\\\", wait=7\", wait=8"], false, 8), (["respond-async=\"\""], true, nil),
            (["wait=1, wait=2"], false, 1),
            ([",, ,respond-async,"], true, nil),
        ] as [([String], Bool, Int?)])
    func understood(fields: [String], respondsAsync: Bool, wait: Int?) {
        let preferences = read(fields)
        #expect(preferences.respondsAsync == respondsAsync)
        #expect(preferences.wait == wait)
    }

    @Test(
        "what is not understood counts as not there",
        arguments: [
            "wait", "wait=", "wait=-1", "wait=1.5", "wait=five", "wait=1=2", "wait=\"5", "respond-async=yes", "async",
            "respond-asynchronously", "\"wait\"=5", "wait 5", "=", ";", "\"",
        ])
    func ignored(field: String) { #expect(read([field]) == read([])) }

    @Test("more seconds than can be counted are the longest wait")
    func longest() {
        let preferences = read(["wait=99999999999999999999999999"])
        #expect(preferences.patience(atMost: .seconds(60)) == .seconds(60))
        #expect(preferences.applied(endsEarly: false, atMost: .seconds(60)) == "wait=60")
    }

    @Test("how long the answer waits")
    func patience() {
        #expect(read([]).patience(atMost: .seconds(60)) == .seconds(60))
        #expect(read(["respond-async"]).patience(atMost: .seconds(60)) == .zero)
        #expect(read(["wait=5"]).patience(atMost: .seconds(60)) == .seconds(5))
        #expect(read(["respond-async, wait=5"]).patience(atMost: .seconds(60)) == .seconds(5))
    }
}
