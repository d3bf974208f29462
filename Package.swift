// swift-tools-version: 6.2

import PackageDescription

/// Swift 6 mode comes with the tools version; a warning is a defect here.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

/// Where `deploy/setup.sh` puts the Wasmtime library. The run path is relative first, so that a copied build finds a
/// library beside it (`bin/lazypages`, `lib/`), then the checkout's own.
let wasmtimeLibraries = "\(Context.packageDirectory)/.build/wasmtime/lib"
let linkWasmtime: [LinkerSetting] = [
    .linkedLibrary("wasmtime"),
    .unsafeFlags(["-L\(wasmtimeLibraries)"]),
    .unsafeFlags([
        "-Xlinker", "-rpath", "-Xlinker", "$ORIGIN/../lib", "-Xlinker", "-rpath", "-Xlinker", wasmtimeLibraries,
    ]),
]

let package = Package(
    name: "lazypages",
    products: [.executable(name: "lazypages", targets: ["lazypages"])],
    dependencies: [
        // The command line: parsing, validation and help texts.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // The logging interface that every Swift server library speaks.
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        // Pure values: page numbers, page sets, costs, gas.
        .target(name: "Pages", swiftSettings: strict),
        // C: sigaction, alternate signal stack, thread-local active region.
        .target(name: "CFaultSignal", cSettings: [.unsafeFlags(["-Werror", "-Wall", "-Wextra"])]),
        // C: what Linux and glibc offer for processes and Swift does not see.
        .target(name: "CProcess", cSettings: [.unsafeFlags(["-Werror", "-Wall", "-Wextra"])]),
        // The lazy-pages engine.
        .target(name: "LazyPages", dependencies: ["Pages", "CFaultSignal"], swiftSettings: strict),
        // Where programs, pages and jobs live: PostgreSQL through libpq, or SQLite.
        .target(name: "PageStorage", dependencies: ["Pages", "CLibPQ", "CSQLite"], swiftSettings: strict),
        // Rewrites WebAssembly modules so that they count what they burn; pure.
        .target(name: "Metering", swiftSettings: strict),
        // The context of a trace, as requests carry it; pure.
        .target(name: "Tracing", swiftSettings: strict),
        // Hashes of bytes, from libcrypto.
        .target(name: "Digests", dependencies: ["CLibCrypto"], swiftSettings: strict),
        // WebAssembly modules executed by Wasmtime on lazily loaded memory.
        .target(
            name: "ProgramRuntime",
            dependencies: ["LazyPages", "Metering", "Pages", "WorkerProtocol", "CWasmtime", "Digests"],
            swiftSettings: strict, linkerSettings: linkWasmtime),
        // Gear's program interface: the host functions that Gear programs import.
        .target(
            name: "GearInterface",
            dependencies: ["ProgramRuntime", "Digests", "LazyPages", "Metering", "Pages", "WorkerProtocol"],
            swiftSettings: strict),
        // Random programs, run lazily, eagerly and by a model, that must agree.
        .target(
            name: "Fuzzing", dependencies: ["ProgramRuntime", "Metering", "LazyPages", "Pages", "WorkerProtocol"],
            swiftSettings: strict),
        // What server and worker say to each other.
        .target(name: "WorkerProtocol", dependencies: ["Pages", "CProcess"], swiftSettings: strict),
        // The loop of a worker process.
        .target(
            name: "Worker",
            dependencies: [
                "ProgramRuntime", "GearInterface", "PageStorage", "WorkerProtocol", "LazyPages", "Metering", "Pages",
                "CProcess",
            ],
            swiftSettings: strict),
        // Tasks that go on where what they wait for has come about.
        .target(name: "ThreadLending", swiftSettings: strict),
        // The queue, the order of jobs and the pool of worker processes.
        .target(
            name: "Scheduler",
            dependencies: [
                "WorkerProtocol", "PageStorage", "CProcess", "ThreadLending",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        // HTTP/1.1 over Foundation's sockets; knows nothing of jobs.
        .target(
            name: "HTTPServer",
            dependencies: ["CEpoll", "ThreadLending", "Tracing", .product(name: "Logging", package: "swift-log")],
            swiftSettings: strict),
        // Tells receivers of the ends of jobs that were posted with a callback.
        .target(
            name: "Callbacks",
            dependencies: [
                "CLibCurl", "Digests", "PageStorage", "Tracing", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        // Routes, JSON, problems, metrics and the page for a person.
        .target(
            name: "API",
            dependencies: [
                "HTTPServer", "Scheduler", "PageStorage", "WorkerProtocol", "Callbacks", "Digests", "Pages", "Tracing",
                .product(name: "Logging", package: "swift-log"),
            ],
            resources: [.embedInCode("Resources")],
            swiftSettings: strict),
        .executableTarget(
            name: "lazypages",
            dependencies: [
                "API", "Callbacks", "Fuzzing", "HTTPServer", "Scheduler", "Worker", "WorkerProtocol", "PageStorage",
                "ProgramRuntime", "Metering", "LazyPages", "Pages", "CFaultBaseline", "CSQLite", "CWasmtime",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),

        // C: what `lazypages bench faults` measures the engine against.
        .target(name: "CFaultBaseline", cSettings: [.unsafeFlags(["-Werror", "-Wall", "-Wextra"])]),

        // Wasmtime's C API, as far as it is used here: its header does not come with the library.
        .target(name: "CWasmtime"),
        // epoll, eventfd and accept4, which Swift's Glibc module leaves out.
        .systemLibrary(name: "CEpoll"),
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        // SHA-256 from the library that libpq brings along already.
        .systemLibrary(name: "CLibCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

        // HTTP and HTTPS to where callbacks go, with a word in which addresses are connected to; and the client of tests.
        .systemLibrary(name: "CLibCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),

        // What several test targets share: a private PostgreSQL, an HTTP client over libcurl, raw sockets.
        .target(
            name: "TestSupport", dependencies: ["CLibCurl"], path: "Tests/TestSupport", swiftSettings: strict),
        .testTarget(name: "PagesTests", dependencies: ["Pages"], swiftSettings: strict),
        // System calls that Swift cannot make, for tests of the engine.
        .target(
            name: "CLinuxCalls", path: "Tests/CLinuxCalls", cSettings: [.unsafeFlags(["-Werror", "-Wall", "-Wextra"])]),
        .testTarget(
            name: "LazyPagesTests", dependencies: ["LazyPages", "Pages", "CFaultSignal", "CLinuxCalls", "CWasmtime"],
            exclude: ["RULES.md"], swiftSettings: strict),
        // Page faults in a process that counts its allocations and locks. No test depends on it: it would be linked into
        // the tests, with its malloc.
        .executableTarget(
            name: "FaultCalls", dependencies: ["LazyPages", "Pages", "CCallCounter"], path: "Tests/FaultCalls",
            swiftSettings: strict),
        // C: takes the place of malloc and the like, to count their calls.
        .target(
            name: "CCallCounter", path: "Tests/CCallCounter",
            cSettings: [.unsafeFlags(["-Werror", "-Wall", "-Wextra"])]),
        .testTarget(name: "MeteringTests", dependencies: ["Metering", "CWasmtime"], swiftSettings: strict),
        .testTarget(
            name: "PageStorageTests", dependencies: ["PageStorage", "Pages", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "ProgramRuntimeTests",
            dependencies: ["ProgramRuntime", "LazyPages", "Metering", "Pages", "WorkerProtocol"],
            swiftSettings: strict),
        .testTarget(
            name: "GearInterfaceTests",
            dependencies: [
                "GearInterface", "ProgramRuntime", "LazyPages", "Metering", "Pages", "WorkerProtocol",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "WorkerTests",
            dependencies: [
                "Worker", "PageStorage", "WorkerProtocol", "LazyPages", "Metering", "Pages", "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "FuzzingTests", dependencies: ["Fuzzing", "ProgramRuntime", "Metering", "LazyPages", "Pages"],
            swiftSettings: strict),
        .testTarget(name: "WorkerProtocolTests", dependencies: ["WorkerProtocol", "Pages"], swiftSettings: strict),
        // A worker process that does what its job's entry says.
        .executableTarget(
            name: "FakeWorker", dependencies: ["WorkerProtocol"], path: "Tests/FakeWorker", swiftSettings: strict),
        .testTarget(
            name: "SchedulerTests",
            dependencies: [
                "Scheduler", "WorkerProtocol", "PageStorage", "TestSupport", "FakeWorker",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .testTarget(name: "ThreadLendingTests", dependencies: ["ThreadLending"], swiftSettings: strict),
        .testTarget(name: "TracingTests", dependencies: ["Tracing"], swiftSettings: strict),
        .testTarget(name: "HTTPServerTests", dependencies: ["HTTPServer", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "CallbacksTests",
            dependencies: [
                "Callbacks", "Digests", "HTTPServer", "PageStorage", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "APITests",
            dependencies: [
                "API", "Callbacks", "Digests", "HTTPServer", "Scheduler", "PageStorage", "WorkerProtocol", "Pages",
                "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        // The whole service, started as a process and driven through libcurl.
        .testTarget(
            name: "ServiceTests",
            dependencies: [
                "lazypages", "TestSupport", "CSQLite", "LazyPages", "HTTPServer", "Digests",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
    ]
)
