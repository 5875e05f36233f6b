// swift-tools-version: 6.2
import PackageDescription

// One settings block for every Swift target.
let languageSettings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
  .enableUpcomingFeature("ExistentialAny"),
  // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
  .enableUpcomingFeature("InternalImportsByDefault"),
  // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
  .enableUpcomingFeature("MemberImportVisibility"),
  // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0461-async-function-isolation.md
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0446-non-escapable.md
  .enableExperimentalFeature("Lifetimes"),
]

let settings: [SwiftSetting] =
  languageSettings + [
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0458-strict-memory-safety.md
    .strictMemorySafety()
  ]

/// A Swift target of a room. Rooms import downwards only; `Tests/TidyTests` checks it.
func room(_ folder: String, _ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, path: "Sources/\(folder)/\(name)", swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: settings)
}

/// The SDKs' core: Swift of pointers only, which links without Swift's run-time. Every line of it is unsafe, so strict
/// memory safety would mark them all and say nothing.
let sdkCore = Target.target(
  name: "AxonizeCore", dependencies: ["CAxonizeCore"], path: "Sources/SDK/AxonizeCore",
  swiftSettings: languageSettings)

/// A fuzz target: `scripts/fuzz.sh NAME SECONDS` builds it with the fuzzer's and the address sanitizer's run-time.
func fuzz(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies, path: "Fuzz/\(name)",
    swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])])
}

/// A C library from Debian.
func library(_ name: String, pkgConfig: String, apt: String) -> Target {
  .systemLibrary(name: name, path: "Sources/C/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let package = Package(
  name: "axonize",
  products: [
    // What other packages use. SwiftPM builds nothing else of this one for them.
    .library(name: "Axonize", targets: ["Axonize"]),
    .library(name: "AxonizeTesting", targets: ["AxonizeTesting"]),
  ],
  targets: [
    // C: system libraries and shims
    .target(name: "CSystemShims", path: "Sources/C/CSystemShims"),
    .target(name: "CArrowADBC", path: "Sources/C/CArrowADBC"),
    .target(name: "CAxonizeCore", path: "Sources/C/CAxonizeCore"),
    // The engine looks its names up in the executable, so the linker has to export them.
    .target(
      name: "CPythonSymbols", path: "Sources/C/CPythonSymbols", exclude: ["exported-symbols.txt"],
      linkerSettings: [
        .unsafeFlags([
          "-Xlinker", "--dynamic-list=\(Context.packageDirectory)/Sources/C/CPythonSymbols/exported-symbols.txt",
        ])
      ]),
    library("CNghttp2", pkgConfig: "libnghttp2", apt: "libnghttp2-dev"),
    library("COpenSSL", pkgConfig: "openssl", apt: "libssl-dev"),
    library("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
    library("CDeflate", pkgConfig: "libdeflate", apt: "libdeflate-dev"),
    library("CZstd", pkgConfig: "libzstd", apt: "libzstd-dev"),
    library("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
    library("CYAML", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),

    // SDK: the core of the SDKs, and the SDK for Swift
    sdkCore,
    room("SDK", "Axonize", ["AxonizeCore", "CAxonizeCore"]),
    room("SDK", "AxonizeTesting", ["Axonize"]),
    .testTarget(
      name: "AxonizeCoreTests", dependencies: ["AxonizeCore", "CAxonizeCore"], path: "Tests/AxonizeCoreTests",
      swiftSettings: languageSettings),
    tests("AxonizeSDKTests", ["Axonize", "AxonizeTesting"]),
    .executableTarget(
      name: "axonize-sdk-fixture", dependencies: ["Axonize"], path: "Tests/Fixtures/SDKFixture", swiftSettings: settings
    ),

    // Ground: bytes, ids, units, time types, limits, errors, logging API
    room("Ground", "Ground"),
    tests("GroundTests", ["Ground"]),
    room("Ground", "Metrics"),
    tests("MetricsTests", ["Metrics"]),
    room("Ground", "Columns", ["Ground"]),
    tests("ColumnsTests", ["Columns"]),

    // Platform: files, sockets, epoll, TLS, compression, SQLite, clock
    room("Platform", "LogSinks", ["Ground"]),
    tests("LogSinksTests", ["LogSinks", "Ground"]),
    room("Platform", "Crypto", ["COpenSSL"]),
    room("Platform", "TLS", ["COpenSSL"]),
    tests("CryptoTests", ["Crypto", "Ground"]),
    room("Platform", "SQLite", ["CSQLite"]),
    tests("SQLiteTests", ["SQLite"]),
    room("Platform", "YAML", ["CYAML"]),
    tests("YAMLTests", ["YAML"]),
    room("Platform", "Compression", ["CDeflate", "CZlib", "CZstd"]),
    tests("CompressionTests", ["Compression"]),
    room("Platform", "Platform", ["CSystemShims", "Ground"]),
    tests("PlatformTests", ["Platform", "Ground"]),
    room("Platform", "EmbeddedClickHouse", ["CArrowADBC", "CPythonSymbols", "Columns"]),
    tests("EmbeddedClickHouseTests", ["EmbeddedClickHouse", "EngineTestSupport", "Columns"]),

    // Wire: sans-I/O formats
    room("Wire", "HTTPTypes", ["Ground"]),
    room("Wire", "JSON", ["Ground"]),
    room("Wire", "HTTP2", ["CNghttp2"]),
    tests("HTTP2Tests", ["HTTP2", "CNghttp2"]),
    room("Wire", "Protobuf"),
    room("Wire", "GRPC", ["Protobuf"]),
    tests("GRPCTests", ["GRPC"]),
    tests("ProtobufTests", ["Protobuf"]),
    room("Wire", "OTLP", ["Ground", "Columns", "JSON", "Protobuf"]),
    tests("OTLPTests", ["OTLP", "Columns", "JSON", "Protobuf"]),
    tests("JSONTests", ["JSON"]),
    room("Wire", "PrometheusText", ["Metrics"]),
    tests("PrometheusTextTests", ["PrometheusText", "Metrics"]),
    tests("HTTPTypesTests", ["HTTPTypes"]),
    room("Wire", "HTTP1", ["HTTPTypes"]),
    tests("HTTP1Tests", ["HTTP1", "HTTPTypes"]),

    // Transport: event loop, HTTP server, HTTP client, gRPC
    room("Transport", "EventLoop", ["Platform", "Ground"]),
    tests("EventLoopTests", ["EventLoop", "Platform"]),
    room("Transport", "BlockingHTTPClient", ["HTTP1", "HTTPTypes", "Platform", "TLS"]),
    tests("BlockingHTTPClientTests", ["BlockingHTTPClient", "HTTPTypes", "Platform"]),
    room(
      "Transport", "HTTPServer",
      [
        "Compression", "EventLoop", "GRPC", "Ground", "HTTP1", "HTTP2", "HTTPTypes", "Platform", "TLS",
      ]),
    tests("HTTPServerTests", ["EventLoop", "Ground", "HTTPServer", "HTTPTypes", "Platform"]),
    .executableTarget(
      name: "axonize-network-fixture",
      dependencies: ["EventLoop", "GRPC", "Ground", "HTTPServer", "HTTPTypes", "Platform", "TLS"],
      path: "Tests/Fixtures/NetworkFixture", swiftSettings: settings),
    room("Transport", "HTTPClient", ["EventLoop", "Ground", "HTTP1", "HTTPTypes", "Platform", "TLS"]),
    tests(
      "HTTPClientTests", ["EventLoop", "HTTP1", "HTTPClient", "HTTPTypes", "Platform", "TLS"]),

    // Domain: telemetry model, ports
    room("Domain", "Identity", ["Ground"]),
    tests("IdentityTests", ["Identity", "Ground", "Crypto", "RegistryStore"]),
    room("Domain", "StorePorts", ["Columns", "Ground"]),
    room("Domain", "Telemetry", ["Ground", "Columns"]),
    tests("TelemetryTests", ["Telemetry", "Columns"]),
    room("Domain", "TraceQL", ["Ground"]),
    tests("TraceQLTests", ["TraceQL"]),

    // Adapters: ingest, REST API, stores
    room(
      "Adapters", "AnalyticsStore",
      ["Columns", "EmbeddedClickHouse", "Ground", "Metrics", "Platform", "StorePorts", "Telemetry"]),
    .target(
      name: "EngineTestSupport", dependencies: ["AnalyticsStore", "EmbeddedClickHouse", "Ground"],
      path: "Tests/EngineTestSupport", swiftSettings: settings),
    tests(
      "AnalyticsStoreTests",
      [
        "AnalyticsStore", "Columns", "EmbeddedClickHouse", "EngineTestSupport", "Ground", "Platform", "StorePorts",
        "Telemetry",
      ]),
    room("Adapters", "RegistryStore", ["Ground", "Identity", "SQLite"]),
    .target(
      name: "RegistryConformance", dependencies: ["Ground", "Identity"], path: "Tests/RegistryConformance",
      swiftSettings: settings),
    tests("RegistryStoreTests", ["RegistryStore", "RegistryConformance", "Ground", "Identity", "SQLite"]),
    room("Adapters", "TraceQueries", ["Columns", "Ground", "JSON", "OTLP", "StorePorts", "Telemetry", "TraceQL"]),
    room(
      "Adapters", "QueryAPI",
      [
        "Columns", "Ground", "HTTPTypes", "Identity", "JSON", "OTLP", "StorePorts", "Telemetry", "TraceQL",
        "TraceQueries",
      ]),
    .testTarget(
      name: "QueryAPITests",
      dependencies: [
        "AnalyticsStore", "Columns", "EmbeddedClickHouse", "EngineTestSupport", "Ground", "HTTPTypes", "Identity",
        "JSON", "QueryAPI", "StorePorts", "Telemetry", "TraceQL", "TraceQueries",
      ], path: "Tests/QueryAPITests", exclude: ["Snapshots"], swiftSettings: settings),
    room("Adapters", "OTLPIngest", ["Ground", "Columns", "JSON", "Protobuf", "OTLP", "Telemetry"]),
    .testTarget(
      name: "OTLPIngestTests",
      dependencies: [
        "AnalyticsStore", "Columns", "EngineTestSupport", "Ground", "JSON", "OTLP", "OTLPIngest", "Protobuf",
        "StorePorts", "Telemetry",
      ],
      path: "Tests/OTLPIngestTests", exclude: ["Fixtures"], swiftSettings: settings),
    room(
      "Adapters", "CompatibilityAPI",
      [
        "Columns", "Ground", "HTTPTypes", "Identity", "JSON", "OTLP", "Protobuf", "StorePorts", "Telemetry", "TraceQL",
        "TraceQueries",
      ]),
    tests(
      "OTLPReceiverTests",
      [
        "AnalyticsStore", "Columns", "GRPC", "Ground", "HTTPTypes", "OTLP", "OTLPIngest", "OTLPReceiver", "Protobuf",
        "StorePorts", "Telemetry",
      ]),
    .testTarget(
      name: "CompatibilityAPITests",
      dependencies: [
        "AnalyticsStore", "Columns", "CompatibilityAPI", "EngineTestSupport", "Ground", "HTTPTypes", "Identity", "JSON",
        "OTLP", "OTLPIngest", "Protobuf", "StorePorts", "Telemetry", "TraceQL", "TraceQueries",
      ], path: "Tests/CompatibilityAPITests", exclude: ["Snapshots"], swiftSettings: settings),
    tests(
      "IngestReadTests",
      [
        "AnalyticsStore", "Columns", "CompatibilityAPI", "EngineTestSupport", "Ground", "HTTPTypes", "Identity", "OTLP",
        "OTLPIngest", "Platform", "Protobuf", "QueryAPI", "StorePorts", "Telemetry", "TraceQueries",
      ]),

    room(
      "Adapters", "OTLPReceiver",
      [
        "AnalyticsStore", "Columns", "GRPC", "Ground", "HTTP1", "HTTPServer", "HTTPTypes", "Identity", "JSON",
        "Metrics", "OTLPIngest", "Platform", "Protobuf", "Telemetry",
      ]),

    // Compose: the executable
    room(
      "Compose", "Server",
      [
        "AnalyticsStore", "CompatibilityAPI", "Configuration", "Crypto", "EventLoop", "GRPC", "Ground", "HTTPServer",
        "HTTPTypes", "Identity", "JSON", "LogSinks", "Metrics", "OTLPIngest", "OTLPReceiver", "Platform",
        "PrometheusText", "QueryAPI",
        "RegistryStore", "StorePorts", "TLS", "Telemetry", "TraceQueries",
      ]),
    tests(
      "ServerTests",
      ["AnalyticsStore", "Configuration", "Ground", "HTTPServer", "Metrics", "Platform", "Server", "StorePorts"]),
    .executableTarget(
      name: "axonize",
      dependencies: ["CommandLineInterface", "Configuration", "EmbeddedClickHouse", "Ground", "Platform", "Server"],
      path: "Sources/Compose/axonize", swiftSettings: settings),
    room("Compose", "Configuration", ["Ground", "YAML"]),
    tests("ConfigurationTests", ["Configuration"]),
    room(
      "Compose", "CommandLineInterface",
      [
        "AnalyticsStore", "BlockingHTTPClient", "Configuration", "Crypto", "Ground", "HTTPTypes", "Identity", "JSON",
        "Platform", "RegistryStore",
      ]),
    tests(
      "CommandLineInterfaceTests",
      ["CommandLineInterface", "BlockingHTTPClient", "Configuration", "Ground", "HTTPTypes", "Platform"]),

    // Benchmarks: the load generator of `make bench`
    .executableTarget(
      name: "axonize-load", dependencies: ["CDeflate", "CNghttp2"], path: "Benchmarks/LoadGenerator",
      swiftSettings: settings),
    // Properties that the fuzzer and the unit tests check
    .target(
      name: "FuzzCases",
      dependencies: [
        "AxonizeCore", "CAxonizeCore", "Columns", "Ground", "HTTP1", "HTTPTypes", "JSON", "OTLP", "OTLPIngest",
        "StorePorts", "Telemetry", "TraceQL", "TraceQueries",
      ],
      path: "Fuzz/FuzzCases", swiftSettings: settings),
    tests("FuzzCaseTests", ["FuzzCases"]),

    // Rules of the repository itself
    tests("TidyTests", []),

    // Benchmarks
    .executableTarget(
      name: "authenticate-benchmark", dependencies: ["Crypto", "Ground", "Identity", "LogSinks", "RegistryStore"],
      path: "Benchmarks/Authenticate", swiftSettings: settings),
    .executableTarget(
      name: "count-spans-benchmark", dependencies: ["AnalyticsStore", "Columns", "Ground"],
      path: "Benchmarks/CountSpans", swiftSettings: settings),
    .executableTarget(
      name: "sdk-benchmark", dependencies: ["Axonize"], path: "Benchmarks/SDK", swiftSettings: settings),
    .target(name: "CAllocationCounter", path: "Benchmarks/CAllocationCounter"),
    .executableTarget(
      name: "decode-benchmark",
      dependencies: ["CAllocationCounter", "Columns", "Ground", "OTLP", "OTLPIngest", "Protobuf", "Telemetry"],
      path: "Benchmarks/Decode", swiftSettings: settings),
  ]
)

// A fuzz target has no main of its own, so it is there only for scripts/fuzz.sh.
if Context.environment["AXONIZE_FUZZ"] == "1" {
  package.targets += [
    fuzz("FuzzHTTP1", ["FuzzCases"]),
    fuzz("FuzzGRPC", ["FuzzCases"]),
    fuzz("FuzzTraceQL", ["FuzzCases"]),
    fuzz("FuzzJSON", ["FuzzCases"]),
    fuzz("FuzzOTLP", ["FuzzCases"]),
    fuzz("FuzzOTLPJSON", ["FuzzCases"]),
  ]
}
