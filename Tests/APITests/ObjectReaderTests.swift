import HTTPServer
import Testing
import WorkerProtocol

@testable import API

@Suite("Reading objects")
struct ObjectReaderTests {
    private enum Colour: String, CaseIterable { case red, green }

    private func thrown(_ body: () throws(HTTPError) -> Void) throws -> HTTPError {
        do { try body() } catch { return error }
        throw NothingThrown()
    }

    private struct NothingThrown: Error {}

    @Test("every fault is named, with its pointer")
    func allFaults() throws {
        var reader = try ObjectReader(["b": 1, "i": "1", "c": "blue", "big": 11, "half": 1.5, "minus": -1])
        #expect(reader.bool("b") == nil)
        #expect(reader.integer("i", in: 0...10) == nil)
        #expect(reader.integer("big", in: 0...10) == nil)
        #expect(reader.integer("half", in: 0...10) == nil)
        #expect(reader.integer("minus", in: 0...10) == nil)
        #expect((reader.choice("c") as Colour?) == nil)
        let error = try thrown { () throws(HTTPError) in try reader.finish() }
        #expect(error.status == 422)
        #expect(error.code == "invalid_request")
        #expect(error.errors.map(\.pointer) == ["/b", "/i", "/big", "/half", "/minus", "/c"])
        #expect(error.errors.last?.detail == "Expected one of: red, green.")
        #expect(error.detail.contains("/b"))
    }

    @Test("what was never asked for is unknown, its pointer escaped")
    func unknownFields() throws {
        var reader = try ObjectReader(["known": 1, "a/b~c": 2], at: "/inner")
        _ = reader.integer("known", in: 0...10)
        let error = try thrown { () throws(HTTPError) in try reader.finish() }
        #expect(error.code == "unknown_field")
        #expect(error.errors.map(\.pointer) == ["/inner/a~1b~0c"])
    }

    @Test("one answer names a hundred faults at most")
    func manyFaults() throws {
        let members = Dictionary(uniqueKeysWithValues: (0..<101).map { ("\($0)", JSONValue.null) })
        let error = try thrown { () throws(HTTPError) in try ObjectReader(.object(members)).finish() }
        #expect(error.errors.count == 100)
    }

    @Test("a missing field is nil, and a fault only where it is required")
    func missing() throws {
        var reader = try ObjectReader([:])
        #expect(reader.string("a") == nil)
        try reader.finish()
        reader.require("a")
        let error = try thrown { () throws(HTTPError) in try reader.finish() }
        #expect(error.errors.map(\.pointer) == ["/a"])
    }

    @Test("null is not the same as nothing")
    func null() throws {
        var reader = try ObjectReader(["a": nil])
        #expect(reader.string("a") == nil)
        #expect(try thrown { () throws(HTTPError) in try reader.finish() }.code == "invalid_request")
    }

    @Test("anything but an object is refused as a whole")
    func noObject() throws {
        let error = try thrown { () throws(HTTPError) in _ = try ObjectReader([1]) }
        #expect(error.code == "invalid_request")
        #expect(error.errors.map(\.pointer) == [""])
    }
}
