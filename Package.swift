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

/// A Swift module of a room, and its tests.
struct Module {
  let name: String
  /// What it imports.
  ///
  /// A module of the room `Features` lives in the folder of its slice.
  let uses: [String]
  /// What its tests, `Tests/Unit/<name>Tests`, import besides; nil where another module's tests cover it.
  let tests: [String]?
  /// Folders of the tests that are read at run time, not compiled.
  var testFolders: [String] = []
  /// Files or folders that become constants of the module, `PackageResources`, so that the program needs no files beside it.
  var embedded: [String] = []

  /// - Parameter tests: what the tests import besides the module and what it uses.
  init(
    _ name: String, _ uses: [String] = [], tests: [String]? = [], testFolders: [String] = [], embedded: [String] = []
  ) {
    self.name = name
    self.uses = uses
    self.tests = tests
    self.testFolders = testFolders
    self.embedded = embedded
  }
}

/// The modules of a folder of `Sources`.
///
/// Rooms import downwards only; `Tests/Unit/TidyTests` checks it.
func room(_ folder: String, _ modules: [Module]) -> [Target] {
  modules.flatMap { module in
    let source = Target.target(
      name: module.name, dependencies: module.uses.map { .byName(name: $0) }, path: "Sources/\(folder)/\(module.name)",
      resources: module.embedded.map { .embedInCode($0) }, swiftSettings: settings)
    guard let extra = module.tests else { return [source] }
    return [source, tests(module.name, Array(Set([module.name] + module.uses + extra)).sorted(), module.testFolders)]
  }
}

/// Unit tests, `Tests/Unit/<name>Tests`.
func tests(_ name: String, _ uses: [String], _ folders: [String] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: (uses + ["TestSupport"]).map { .byName(name: $0) },
    path: "Tests/Unit/\(name)Tests", exclude: folders, swiftSettings: settings)
}

/// What tests of several modules share, `Tests/Support/<name>`.
func testSupport(_ name: String, _ uses: [String]) -> Target {
  .target(
    name: name, dependencies: uses.map { .byName(name: $0) }, path: "Tests/Support/\(name)", swiftSettings: settings)
}

/// A program: `axonize`, a benchmark, or a peer that end-to-end tests start.
func program(_ name: String, _ path: String, _ uses: [String], settings: [SwiftSetting] = settings) -> Target {
  .executableTarget(
    name: name, dependencies: uses.map { .byName(name: $0) }, path: path, swiftSettings: settings)
}

/// A C library from Debian.
func library(_ name: String, pkgConfig: String, apt: String) -> Target {
  .systemLibrary(name: name, path: "Sources/C/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

// MARK: - C: system libraries and shims

let c: [Target] = [
  .target(name: "CSystemShims", path: "Sources/C/CSystemShims"),
  .target(name: "CArrowADBC", path: "Sources/C/CArrowADBC"),
  .target(name: "CNVML", path: "Sources/C/CNVML"),
  .target(name: "CAxonizeCore", path: "Sources/C/CAxonizeCore"),
  // The engine looks its names up in the executable, so the linker has to export them.
  .target(
    name: "CPythonSymbols", path: "Sources/C/CPythonSymbols", exclude: ["exported-symbols.txt"],
    linkerSettings: [
      .unsafeFlags([
        "-Xlinker", "--dynamic-list=\(Context.packageDirectory)/Sources/C/CPythonSymbols/exported-symbols.txt",
      ])
    ]),
  .target(name: "CRE2", path: "Sources/C/CRE2", linkerSettings: [.linkedLibrary("re2")]),
  library("CNghttp2", pkgConfig: "libnghttp2", apt: "libnghttp2-dev"),
  library("COpenSSL", pkgConfig: "openssl", apt: "libssl-dev"),
  library("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
  library("CDeflate", pkgConfig: "libdeflate", apt: "libdeflate-dev"),
  library("CSnappy", pkgConfig: "snappy", apt: "libsnappy-dev"),
  library("CZstd", pkgConfig: "libzstd", apt: "libzstd-dev"),
  library("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
  library("CYAML", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
]

// MARK: - SDK: the core of the SDKs, and the SDK for Swift

/// The core is Swift of pointers only, which links without Swift's run-time.
///
/// Every line of it is unsafe, so strict memory safety would mark them all and say nothing.
let sdkCore: [Target] = [
  .target(
    name: "AxonizeCore", dependencies: ["CAxonizeCore"], path: "Sources/SDK/AxonizeCore",
    swiftSettings: languageSettings),
  .testTarget(
    name: "AxonizeCoreTests", dependencies: ["AxonizeCore", "CAxonizeCore"], path: "Tests/Unit/AxonizeCoreTests",
    swiftSettings: languageSettings),
]

let sdk =
  sdkCore
  + room(
    "SDK",
    [
      Module("Axonize", ["AxonizeCore", "CAxonizeCore"], tests: nil),
      Module("AxonizeTesting", ["Axonize"], tests: nil),
    ])
  + [
    tests("AxonizeSDK", ["Axonize", "AxonizeTesting"]),
    program("axonize-sdk-fixture", "Tests/Fixtures/SDKFixture", ["Axonize"]),
  ]

// MARK: - Ground: bytes, columns, ids, times, errors, logging, metrics of the process

let ground = room(
  "Ground",
  [
    Module("Base"),
    Module("Metrics"),
    Module("Columns", ["Base"]),
  ])

// MARK: - Platform: files, sockets, threads, TLS, compression, SQLite, the embedded engine

let platform =
  room(
    "Platform",
    [
      Module("System", ["CSystemShims", "Base"]),
      Module("LogSinks", ["Base"]),
      Module("TLS", ["COpenSSL"], tests: ["Base"]),
      Module("SQLite", ["CSQLite"]),
      Module("YAML", ["CYAML"]),
      Module("RegularExpressions", ["CRE2"]),
      Module("NVML", ["CNVML", "System"], tests: ["NVMLTestSupport"]),
      Module("Compression", ["CDeflate", "CSnappy", "CZlib", "CZstd"]),
      Module("EmbeddedClickHouse", ["CArrowADBC", "CPythonSymbols", "Columns", "System"], tests: ["EngineTestSupport"]),
    ])
  + [
    // The product `nvml-stand-in` is a library that tests load as that of the driver.
    .target(name: "NVMLStandIn", dependencies: ["CNVML"], path: "Tests/Support/NVMLStandIn"),
    .target(name: "NVMLStandInOldDriver", dependencies: ["CNVML"], path: "Tests/Support/NVMLStandInOldDriver"),
    testSupport("NVMLTestSupport", ["System"]),
  ]

// MARK: - Wire: formats, bytes in and values out

let wire = room(
  "Wire",
  [
    Module("HTTPTypes", ["Base"]),
    Module("HTTP1", ["HTTPTypes"]),
    Module("HTTP2", ["CNghttp2"]),
    Module("JSON", ["Base"]),
    Module("Protobuf"),
    Module("GRPC", ["Base", "JSON", "Protobuf"]),
    Module("SeriesBytes", tests: nil),
    Module("RemoteWrite", ["Base", "Protobuf", "SeriesBytes"]),
    Module("OTLP", ["Base", "Columns", "JSON", "Protobuf"]),
    Module("Exposition", ["Base", "SeriesBytes"]),
    Module("LineProtocol", ["Base", "SeriesBytes"]),
    Module("PrometheusText", ["Metrics"]),
  ])

// MARK: - Transport: event loop, HTTP server and clients, gRPC

let transport =
  room(
    "Transport",
    [
      Module("EventLoop", ["System", "Base"]),
      Module("BlockingHTTPClient", ["HTTP1", "HTTPTypes", "System", "TLS"]),
      Module("GRPCClient", ["Base", "GRPC", "HTTP2", "HTTPTypes", "System"], tests: ["GRPCTestSupport"]),
      Module(
        "HTTPServer",
        ["Base", "Compression", "EventLoop", "GRPC", "HTTP1", "HTTP2", "HTTPTypes", "System", "TLS"]),
      Module(
        "HTTPClient", ["Base", "EventLoop", "HTTP1", "HTTPTypes", "System", "TLS"], tests: ["NetworkTestSupport"]),
    ])
  + [
    testSupport("GRPCTestSupport", ["GRPC", "HTTP2", "System"]),
    testSupport("NetworkTestSupport", ["HTTPClient", "System"]),
    program(
      "axonize-network-fixture", "Tests/Fixtures/NetworkFixture",
      ["Base", "EventLoop", "GRPC", "HTTPServer", "HTTPTypes", "System", "TLS"]),
  ]

// MARK: - Domain: telemetry, identities, query languages

let domain = room(
  "Domain",
  [
    Module("Identity", ["Base"], tests: ["TLS", "RegistrySQLite"]),
    Module("Telemetry", ["Base", "Columns"]),
    Module("Scores", ["Base"], tests: nil),
    Module("Series"),
    Module("PromQL", ["Base", "Series", "Trends"], tests: ["SeriesPatterns"]),
    Module("TraceQL", ["Base"]),
    Module("Trends"),
  ])

// MARK: - Store: the port to an engine, its schema, the way in, the registry

let store =
  room(
    "Store",
    [
      Module("Engine", ["Base", "Columns"]),
      Module("SQLBuilder", ["Base", "Engine"], tests: nil),
      Module("ScoreSQL", ["SQLBuilder", "Scores"], tests: nil),
      Module(
        "Schema", ["Base", "Columns", "Engine", "Telemetry"],
        tests: ["EmbeddedEngine", "EngineTestSupport", "System", "TelemetryTables"]),
      Module(
        "Derivation", ["Base", "Columns", "Engine", "Schema", "System"],
        tests: ["EmbeddedEngine", "EngineTestSupport", "Telemetry", "TelemetryTables"]),
      Module(
        "Commit", ["Base", "Columns", "Engine", "Metrics", "System", "Telemetry"],
        tests: ["EmbeddedEngine", "EngineTestSupport"]),
      Module(
        "EmbeddedEngine",
        ["Base", "Columns", "Derivation", "EmbeddedClickHouse", "Engine", "Schema", "System", "Telemetry"],
        tests: ["EngineTestSupport"]),
      Module("Journal", ["Base", "Compression", "Engine", "Metrics", "System"]),
      Module("SeriesPatterns", ["RegularExpressions", "Series"]),
      Module("RegistrySQLite", ["Base", "Identity", "SQLite"], tests: ["RegistryConformance"]),
    ])
  + [
    testSupport(
      "EngineTestSupport",
      [
        "Base", "Columns", "EmbeddedClickHouse", "EmbeddedEngine", "Engine", "Schema", "System", "Telemetry",
        "TelemetryTables",
      ]),
    testSupport("RegistryConformance", ["Base", "Identity", "TestSupport"]),
  ]

// MARK: - Kit: what every feature is made with

let kit =
  room(
    "Kit",
    [
      Module("Configuration", ["Base", "YAML"]),
      Module(
        "API", ["Base", "Engine", "HTTPServer", "HTTPTypes", "Identity", "JSON"],
        tests: ["APITestSupport", "RegistrySQLite", "TLS"]),
      Module(
        "Commands",
        [
          "Base", "BlockingHTTPClient", "Configuration", "HTTPTypes", "Identity", "JSON", "RegistrySQLite", "System",
          "TLS",
        ], tests: ["CommandTestSupport"]),
      Module(
        "Ingest",
        [
          "Base", "Columns", "Commit", "Configuration", "Engine", "Journal", "Metrics", "Schema", "System", "Telemetry",
        ],
        tests: ["EngineTestSupport"]),
      Module(
        "OTLPExport",
        ["API", "Base", "Commit", "GRPC", "HTTP1", "HTTPServer", "HTTPTypes", "Identity", "OTLP", "System"], tests: nil),
      Module(
        "Feature",
        [
          "API", "Base", "Commands", "Configuration", "Engine", "Identity", "Ingest", "JSON", "Metrics", "Schema",
          "Scores", "Series",
        ]),
    ])
  + [
    testSupport("APITestSupport", ["API", "Base", "Engine", "HTTPTypes", "Identity", "JSON"]),
    testSupport("CommandTestSupport", ["Base", "BlockingHTTPClient", "Commands", "Configuration", "HTTPTypes"]),
  ]

// MARK: - Features: one folder for each slice of the product; they do not import each other

let features =
  room(
    "Features/Telemetry",
    [
      Module(
        "OTLPDecoding", ["Base", "Columns", "JSON", "OTLP", "Protobuf", "Telemetry"],
        tests: ["Commit", "EmbeddedEngine", "Engine", "EngineTestSupport"], testFolders: ["Fixtures"]),
      Module(
        "TelemetryIngest",
        [
          "API", "Base", "Columns", "Commit", "Configuration", "Engine", "GRPC", "HTTP1", "HTTPServer", "HTTPTypes",
          "Identity", "Ingest", "Journal", "Metrics", "OTLP", "OTLPDecoding", "OTLPExport", "Schema", "System",
          "Telemetry",
          "TelemetrySettings", "TelemetryTables",
        ], tests: ["Protobuf"]),
      Module(
        "TelemetryQueries",
        [
          "Base", "Columns", "Engine", "Feature", "JSON", "OTLP", "SQLBuilder", "ScoreSQL", "Scores", "Telemetry",
          "TraceQL",
        ], tests: nil),
      Module(
        "TelemetryAPI",
        [
          "API", "Base", "Columns", "Engine", "Feature", "HTTPTypes", "Identity", "JSON", "OTLP", "Scores", "Telemetry",
          "TelemetryQueries", "TraceQL",
        ],
        tests: [
          "APITestSupport", "EmbeddedEngine", "EngineTestSupport", "SQLBuilder", "Schema", "TelemetryTables",
        ],
        testFolders: ["Snapshots"]),
      Module(
        "TraceInterchange",
        [
          "API", "Base", "Columns", "HTTPTypes", "Identity", "JSON", "OTLP", "Protobuf", "Telemetry", "TelemetryAPI",
          "TelemetryQueries", "TraceQL",
        ],
        tests: ["APITestSupport", "InterchangeTestSupport", "JaegerAPI", "TempoAPI"], testFolders: ["Snapshots"]),
      Module(
        "JaegerAPI",
        ["API", "Base", "JSON", "OTLP", "Telemetry", "TelemetryQueries", "TraceInterchange", "TraceQL"],
        tests: [
          "APITestSupport", "Engine", "HTTPTypes", "Identity", "InterchangeTestSupport", "SQLBuilder",
        ], testFolders: ["Snapshots"]),
      Module(
        "TempoAPI",
        [
          "API", "Base", "Columns", "HTTPTypes", "JSON", "OTLP", "Protobuf", "Telemetry", "TelemetryQueries",
          "TraceInterchange", "TraceQL",
        ], tests: ["APITestSupport", "Engine", "Identity", "InterchangeTestSupport"]),
      Module("TelemetrySettings", ["Configuration", "Schema", "TelemetryTables"], tests: nil),
      Module(
        "TelemetryTables", ["Schema", "Telemetry"], tests: nil, embedded: ["Steps/telemetry-0001-tables.sql"]),
      Module(
        "TelemetryCommands", ["Base", "Commands", "Configuration", "HTTPTypes", "JSON"],
        tests: ["BlockingHTTPClient", "CommandTestSupport"]),
      Module(
        "TelemetryFeature",
        [
          "API", "Base", "Commands", "Configuration", "Feature", "Ingest", "JaegerAPI", "Metrics",
          "OTLPExport", "Schema", "TelemetryAPI", "TelemetryCommands", "TelemetryIngest", "TelemetryQueries",
          "TelemetrySettings", "TelemetryTables", "TempoAPI", "TraceInterchange",
        ],
        tests: []),
    ])
  + room(
    "Features/Metrics",
    [
      Module(
        "MetricsTables", ["Base", "Columns", "Schema", "Telemetry"],
        tests: ["EmbeddedEngine", "Engine", "EngineTestSupport", "Series", "System"],
        embedded: [
          "Steps/metrics-0001-tables.sql", "Steps/metrics-0002-rollups.sql", "Steps/metrics-0003-exemplars.sql",
          "Steps/metrics-0004-views.sql",
        ]),
      Module("MetricsIndex", ["Base", "Columns", "Series"]),
      Module(
        "MetricsQueries",
        [
          "Base", "Columns", "Engine", "Metrics", "MetricsIndex", "MetricsTables", "SQLBuilder", "Schema", "Series",
          "Telemetry",
        ],
        tests: ["EmbeddedEngine", "EngineTestSupport", "PromQL", "SeriesPatterns", "System"]),
      Module("MetricsSettings", ["Configuration", "MetricNaming", "MetricsTables", "Schema"], tests: ["Base"]),
      Module(
        "MetricsIngest",
        [
          "API", "Base", "Columns", "Commit", "Configuration", "Engine", "Exposition", "Feature", "HTTP1", "HTTPServer",
          "HTTPTypes", "Identity", "Ingest", "JSON", "Journal", "LineProtocol", "MetricNaming", "Metrics",
          "MetricsIndex", "MetricsSettings", "MetricsTables", "OTLP", "OTLPExport", "PromQL", "Protobuf", "RemoteWrite",
          "Scraping", "Series",
          "SeriesBytes",
          "System", "Telemetry",
        ],
        tests: ["EmbeddedEngine", "EngineTestSupport", "Schema", "TelemetryTables"]),
      Module(
        "PrometheusAPI",
        [
          "API", "Base", "Engine", "HTTPTypes", "Identity", "JSON", "MetricsIndex", "MetricsQueries", "PromQL",
          "Scraping", "Series",
        ],
        tests: [
          "APITestSupport", "Columns", "EmbeddedEngine", "EngineTestSupport", "MetricsTables", "Schema",
          "SeriesPatterns", "Telemetry",
        ]),
      Module(
        "MetricsFeature",
        [
          "API", "Base", "Commands", "Configuration", "Engine", "Feature", "Ingest", "Metrics", "MetricsAPI",
          "MetricsCommands", "MetricsIndex", "MetricsIngest", "MetricsQueries", "MetricsSettings", "MetricsTables",
          "OTLPExport", "PromQL", "PrometheusAPI", "Schema", "Scraping", "Series", "SeriesPatterns", "System",
        ], tests: nil),
      Module(
        "MetricsCommands", ["Base", "Commands", "Configuration", "HTTPTypes", "JSON"],
        tests: ["BlockingHTTPClient", "CommandTestSupport", "System"], testFolders: ["Snapshots"]),
      Module("MetricNaming"),
      Module(
        "MetricsAPI",
        [
          "API", "Base", "Engine", "Feature", "HTTPTypes", "Identity", "JSON", "MetricsIndex", "MetricsQueries",
          "PromQL", "Series", "Trends",
        ],
        tests: ["APITestSupport", "EmbeddedEngine", "EngineTestSupport", "MetricsTables", "Schema", "SeriesPatterns"]),
      Module(
        "Scraping",
        [
          "Base", "Compression", "Configuration", "EventLoop", "Exposition", "Feature", "HTTPClient", "HTTPTypes",
          "JSON",
          "Metrics", "Series", "SeriesBytes", "System", "TLS", "YAML",
        ], tests: ["NetworkTestSupport", "SeriesPatterns"]),
    ])
  + room(
    "Features/Fleet",
    [
      Module("Collection", ["Base", "SeriesBytes", "System"]),
      Module("Attribution", ["Base"]),
      Module(
        "AttributionReading", ["Attribution", "Base", "Engine", "Feature", "GPUCollection", "Series"]),
      Module(
        "FleetAPI",
        [
          "API", "Attribution", "AttributionReading", "Base", "EnergyQueries", "Engine", "Feature", "GPUCollection",
          "HTTPTypes", "Identity", "JSON", "Metrics", "NodeReports", "Prices", "Series",
        ],
        tests: [
          "APITestSupport", "Configuration", "EmbeddedEngine", "EngineTestSupport", "FleetTables", "RegistrySQLite",
          "Schema",
        ]),
      Module("WorkloadIdentity", ["Base", "GRPC", "GRPCClient", "Protobuf", "System"], tests: ["GRPCTestSupport"]),
      Module(
        "GPUCollection", ["Base", "Collection", "NVML", "SeriesBytes", "System", "WorkloadIdentity"],
        tests: ["GRPC", "GRPCTestSupport", "NVMLTestSupport", "Protobuf"]),
      Module("HostCollection", ["Base", "Collection", "SeriesBytes", "System"], testFolders: ["Snapshots"]),
      Module(
        "FleetTables", ["Base", "Columns", "Schema", "Telemetry"], tests: nil,
        embedded: ["Steps/fleet-0001-gpu-energy.sql", "Steps/fleet-0002-events.sql"]),
      Module(
        "EnergyQueries", ["Base", "Columns", "Engine", "FleetTables", "Prices", "SQLBuilder"],
        tests: ["EmbeddedEngine", "EngineTestSupport", "Schema"]),
      Module(
        "EnergyAccounting",
        [
          "Attribution", "AttributionReading", "Base", "Columns", "Engine", "Feature", "FleetTables", "Metrics",
          "System", "Telemetry",
        ], tests: ["EmbeddedEngine", "EngineTestSupport", "Prices", "Schema", "Series"]),
      Module("Prices", ["Base", "Configuration", "System", "YAML"]),
      Module(
        "NodeReports", ["API", "Base", "Columns", "GPUCollection", "JSON", "WorkloadIdentity"],
        tests: ["GRPCTestSupport", "NVMLTestSupport", "System"]),
      Module(
        "FleetEvents",
        [
          "API", "Base", "Columns", "Commit", "Configuration", "Engine", "Feature", "FleetAPI", "FleetTables",
          "Identity", "Ingest", "JSON", "Journal", "Metrics", "NodeReports", "SQLBuilder", "System", "Telemetry",
        ], tests: ["EmbeddedEngine", "EngineTestSupport", "Schema"]),
      Module(
        "FleetCommands",
        ["Base", "Collection", "Commands", "GPUCollection", "HTTPTypes", "HostCollection", "JSON", "SeriesBytes"],
        tests: ["CommandTestSupport"]),
      Module(
        "FleetTop", ["Base", "Commands", "FleetCommands", "JSON", "System"],
        tests: ["CommandTestSupport", "HTTPTypes"],
        testFolders: ["Snapshots"]),
      Module(
        "FleetAgent",
        [
          "Base", "Collection", "Compression", "Engine", "EventLoop", "Feature", "HTTPClient", "HTTPTypes", "JSON",
          "Journal", "Metrics", "Protobuf", "RemoteWrite", "SeriesBytes", "System", "TLS",
        ]),
      Module(
        "FleetFeature",
        [
          "API", "AttributionReading", "Base", "BlockingHTTPClient", "Collection", "Commands", "Compression",
          "Configuration", "EnergyAccounting", "EnergyQueries", "Feature", "FleetAPI", "FleetAgent", "FleetCommands",
          "FleetEvents", "FleetTables", "FleetTop", "GPUCollection", "HostCollection", "Identity", "Ingest", "JSON",
          "LogSinks", "Metrics", "NodeReports", "OTLP", "Prices", "RemoteWrite", "Schema", "SeriesBytes", "System",
          "WorkloadIdentity",
        ], tests: ["CommandTestSupport", "Protobuf"]),
    ])
  + room(
    "Features/Dashboard",
    [
      Module("DashboardPages", ["API", "Base", "HTTPServer", "HTTPTypes", "System", "TLS"]),
      Module("DashboardAPI", ["API", "HTTPTypes", "Identity"], tests: ["APITestSupport", "Base", "JSON"]),
      Module(
        "DashboardFeature", ["API", "Base", "Configuration", "DashboardAPI", "DashboardPages", "Feature"], tests: nil),
    ])
  + room(
    "Features/Demo",
    [
      Module("DemoData", ["Base", "JSON", "OTLP", "Protobuf", "RemoteWrite", "SeriesBytes"], tests: ["System"]),
      Module(
        "DemoFeature",
        [
          "Base", "BlockingHTTPClient", "Commands", "Compression", "Configuration", "DemoData", "Feature", "HTTPTypes",
          "JSON", "System",
        ], tests: ["CommandTestSupport"]),
    ])
  + room(
    "Features/Scores",
    [
      Module(
        "ScoresTables", ["Columns", "Schema", "Telemetry"], tests: nil, embedded: ["Steps/scores-0001-tables.sql"]),
      Module(
        "ScoreKeeping",
        [
          "API", "Base", "Columns", "Commit", "Configuration", "Engine", "Feature", "Ingest", "JSON", "Journal",
          "Metrics", "SQLBuilder", "ScoreSQL", "Scores", "ScoresTables", "System", "Telemetry",
        ], tests: nil),
      Module(
        "ScoresAPI", ["API", "Base", "Engine", "Feature", "HTTPTypes", "Identity", "JSON", "ScoreKeeping", "Scores"],
        tests: [
          "APITestSupport", "Commit", "EmbeddedEngine", "EngineTestSupport", "Ingest", "Journal", "Schema",
          "ScoresTables", "System",
        ]),
      Module("ScoresCommands", ["Base", "Commands", "HTTPTypes", "JSON"], tests: ["CommandTestSupport"]),
      Module(
        "ScoresFeature",
        [
          "API", "Base", "Commands", "Feature", "Metrics", "Schema", "ScoreKeeping", "ScoresAPI", "ScoresCommands",
          "ScoresTables",
        ], tests: nil),
    ])
  + room(
    "Features/Views",
    [
      Module(
        "ViewsAPI", ["API", "Base", "HTTPTypes", "Identity", "JSON"],
        tests: ["APITestSupport", "RegistrySQLite", "TLS"]),
      Module(
        "ViewsCommands", ["Base", "Commands", "HTTPTypes", "JSON"], tests: ["BlockingHTTPClient", "CommandTestSupport"]),
      Module("ViewsFeature", ["API", "Commands", "Feature", "ViewsAPI", "ViewsCommands"], tests: nil),
    ])
  + room(
    "Features/Storage",
    [
      Module(
        "StorageQueries", ["Base", "Columns", "Engine", "Schema"],
        tests: ["EmbeddedEngine", "EngineTestSupport", "System", "Telemetry"]),
      Module(
        "StorageAPI", ["API", "Base", "Engine", "HTTPTypes", "Identity", "StorageQueries"],
        tests: ["APITestSupport", "Columns", "JSON", "Schema"]),
      Module("StorageCommands", ["Base", "Commands", "JSON"], tests: ["BlockingHTTPClient", "CommandTestSupport"]),
      Module(
        "StorageFeature", ["API", "Commands", "Feature", "StorageAPI", "StorageCommands", "StorageQueries"], tests: nil),
    ])
  + room(
    "Features/Identity",
    [
      Module(
        "IdentityCommands", ["Base", "Commands", "Configuration", "Identity", "JSON"], tests: ["CommandTestSupport"]),
      Module("IdentityFeature", ["Commands", "Configuration", "Feature", "IdentityCommands"], tests: nil),
    ])
  + [
    tests(
      "IngestRead",
      [
        "API", "APITestSupport", "Base", "Columns", "EmbeddedEngine", "Engine", "EngineTestSupport", "HTTPTypes",
        "Identity", "JaegerAPI", "OTLP", "OTLPDecoding", "Protobuf", "System", "Telemetry", "TelemetryAPI",
        "TelemetryQueries", "TempoAPI", "TraceInterchange",
      ]),
    testSupport(
      "InterchangeTestSupport",
      [
        "API", "APITestSupport", "Base", "Columns", "EmbeddedEngine", "Engine", "EngineTestSupport", "HTTPTypes",
        "Identity", "JSON", "OTLPDecoding", "Protobuf", "Schema", "Telemetry", "TelemetryQueries",
        "TelemetryTables", "TestSupport", "TraceInterchange", "TraceQL",
      ]),
  ]

// MARK: - Compose: the executable

let compose =
  room(
    "Compose",
    [
      Module(
        "Features",
        [
          "Configuration", "DashboardFeature", "DemoFeature", "Feature", "FleetFeature", "IdentityFeature",
          "MetricsFeature", "Schema", "ScoresFeature", "StorageFeature", "TelemetryFeature", "ViewsFeature",
        ],
        tests: ["Base", "Columns", "EmbeddedEngine", "Engine", "EngineTestSupport", "Telemetry"]),
      Module(
        "Server",
        [
          "API", "Base", "Configuration", "Derivation", "EmbeddedEngine", "Engine", "EventLoop", "Feature", "Features",
          "GRPC", "HTTP1", "HTTPServer", "HTTPTypes", "Identity", "Ingest", "JSON", "Journal", "LogSinks", "Metrics",
          "PrometheusText", "RegistrySQLite", "System", "TLS",
        ], tests: ["Commit", "Schema"]),
      Module(
        "CLI",
        [
          "Base", "BlockingHTTPClient", "Commands", "Configuration", "EmbeddedEngine", "Feature", "Features",
          "HTTPTypes",
          "Identity", "JSON", "RegistrySQLite", "System",
        ], tests: ["CommandTestSupport"]),
    ])
  + [
    program(
      "axonize", "Sources/Compose/axonize", ["Base", "CLI", "Configuration", "EmbeddedClickHouse", "Server", "System"])
  ]

// MARK: - Benchmarks, fuzzing, the rules of the repository

let benchmarks: [Target] = [
  program("attribution-benchmark", "Benchmarks/Attribution", ["Attribution", "Base"]),
  program("axonize-load", "Benchmarks/LoadGenerator", ["CDeflate", "CNghttp2"]),
  program(
    "authenticate-benchmark", "Benchmarks/Authenticate", ["Base", "Identity", "LogSinks", "RegistrySQLite", "TLS"]),
  program("count-spans-benchmark", "Benchmarks/CountSpans", ["Base", "Columns", "Commit"]),
  program("gpu-collection-benchmark", "Benchmarks/GPUCollection", ["Base", "Collection", "GPUCollection", "System"]),
  program(
    "host-benchmark", "Benchmarks/Host", ["Base", "CAllocationCounter", "Collection", "HostCollection", "System"]),
  program("promql-benchmark", "Benchmarks/PromQL", ["PromQL", "Series", "SeriesPatterns"]),
  program("sdk-benchmark", "Benchmarks/SDK", ["Axonize"]),
  .target(name: "CAllocationCounter", path: "Benchmarks/CAllocationCounter"),
  program(
    "decode-benchmark", "Benchmarks/Decode",
    ["Base", "CAllocationCounter", "Columns", "OTLP", "OTLPDecoding", "Protobuf", "Telemetry"]),
]

/// Properties that the fuzzer and the unit tests check.
let fuzzing: [Target] =
  [
    .target(
      name: "FuzzCases",
      dependencies: [
        "AxonizeCore", "Base", "CAxonizeCore", "Columns", "Commit", "Compression", "Engine", "Exposition",
        "GPUCollection", "HTTP1", "HTTPTypes", "Ingest", "JSON", "Journal", "LineProtocol", "MetricsIndex",
        "MetricsIngest", "MetricsTables", "OTLP", "OTLPDecoding", "PromQL", "RemoteWrite", "SQLBuilder", "Scraping",
        "Series", "SeriesBytes", "SeriesPatterns", "System", "Telemetry", "TelemetryIngest", "TelemetryQueries",
        "TraceQL",
      ],
      path: "Fuzz/FuzzCases", swiftSettings: settings),
    tests("FuzzCase", ["FuzzCases"]),
  ]
  // The driver has no main of its own, so it is there only for scripts/fuzz.sh, which builds it with the run-time of the
  // fuzzer and the address sanitizer.
  + (Context.environment["AXONIZE_FUZZ"] != "1"
    ? []
    : [
      program(
        "axonize-fuzz", "Fuzz/Driver", ["FuzzCases"], settings: settings + [.unsafeFlags(["-parse-as-library"])])
    ])

let package = Package(
  name: "axonize",
  products: [
    // What other packages use. SwiftPM builds nothing else of this one for them.
    .library(name: "Axonize", targets: ["Axonize"]),
    .library(name: "AxonizeTesting", targets: ["AxonizeTesting"]),
    // Stand-ins of the driver's library, which tests load.
    .library(name: "nvml-stand-in", type: .dynamic, targets: ["NVMLStandIn"]),
    .library(name: "nvml-stand-in-old-driver", type: .dynamic, targets: ["NVMLStandInOldDriver"]),
  ],
  targets: c + sdk + ground + platform + wire + transport + domain + store + kit + features + compose + benchmarks
    + fuzzing + [testSupport("TestSupport", []), tests("Tidy", [])]
)
