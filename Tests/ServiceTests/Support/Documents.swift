import Foundation

/// A job as clients see it.
struct JobDocument: Decodable, Equatable, Sendable {
    struct Gas: Decodable, Equatable, Sendable {
        var limit: Int
        var burned: Int
        var left: Int
        /// How often each cost was charged, by its name.
        var pages: [String: Int]
    }

    struct Memory: Decodable, Equatable, Sendable {
        var size: Int
        var stackEnd: Int
    }

    struct WrittenPage: Decodable, Equatable, Sendable {
        var page: Int
        var data: Data?
    }

    struct Reply: Decodable, Equatable, Sendable {
        var payload: Data
    }

    struct Failure: Decodable, Equatable, Sendable {
        var code: String
        var message: String
    }

    var id: String
    var program: String
    var entry: String
    var state: String
    var outcome: String?
    var status: String
    var gas: Gas?
    var memory: Memory?
    var accessedPages: [Int]
    var writeAccessedPages: [WrittenPage]
    var loadedPages: Int
    @ExactIntegers var results: [Int]
    var reply: Reply?
    var committed: Bool
    var programVersion: Int?
    var error: Failure?
    var counters: [String: Int]?

    var writtenPages: [Int] { writeAccessedPages.map(\.page) }

    /// As it is stored: pages are numbers only.
    var withoutPageData: JobDocument {
        var job = self
        job.writeAccessedPages = writtenPages.map { WrittenPage(page: $0) }
        return job
    }
}

/// Integers, of which JSON has those that not every client would keep exact as text.
@propertyWrapper
struct ExactIntegers: Decodable, Equatable, Sendable {
    var wrappedValue: [Int]

    private struct Item: Decodable {
        let value: Int

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int.self) {
                value = number
            } else if let number = Int(try container.decode(String.self)) {
                value = number
            } else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "no integer")
            }
        }
    }

    init(from decoder: any Decoder) throws {
        wrappedValue = try decoder.singleValueContainer().decode([Item].self).map(\.value)
    }
}

struct JobListDocument: Decodable {
    var jobs: [JobDocument]
    var nextCursor: String?
}

struct ProgramDocument: Decodable, Equatable {
    struct Code: Decodable, Equatable {
        var hash: String
        var size: Int
    }

    struct Memory: Decodable, Equatable {
        var size: Int
        var stackEnd: Int
        var maximum: Int
    }

    struct Entry: Decodable, Equatable {
        var name: String
        var params: [String]
        var results: [String]
    }

    var id: String
    var code: Code
    var memory: Memory
    var storedPages: Int
    var version: Int
    var entries: [Entry]
}

struct PageListDocument: Decodable, Equatable {
    struct Page: Decodable, Equatable {
        var page: Int
        var version: Int
    }

    var pageSize: Int
    var version: Int
    var pages: [Page]
}

struct InfoDocument: Decodable {
    struct Workers: Decodable, Equatable {
        var idle: Int
        var busy: Int
        var starting: Int
    }

    var version: String
    var storage: String
    var pageSize: Int
    var wasmPageSize: Int
    /// By name.
    var costs: [String: Int]
    var workers: Workers
    var queued: Int
}

/// RFC 9457.
struct ProblemDocument: Decodable, Equatable, Sendable {
    struct Fault: Decodable, Equatable, Sendable {
        var pointer: String?
        var code: String?
        var offset: Int?
        var detail: String
    }

    var status: Int
    var code: String
    var detail: String?
    var job: String?
    var errors: [Fault]?
}
