/// Begins and ends the recording of spans, and tells how it goes.
///
/// Spans themselves are made by ``withSpan(_:kind:attributes:links:parent:tracer:_:)`` and its relatives.
public enum Axonize {
  /// What the SDK is started with; nil: from the environment, else the default.
  ///
  /// `AXONIZE_*` counts before OpenTelemetry's `OTEL_*`. A value that cannot be used is warned of, and the next source
  /// counts.
  public struct Configuration: Sendable {
    /// URL of the receiver, such as `http://localhost:4317`; over HTTP `/v1/traces` is added.
    ///
    /// `AXONIZE_ENDPOINT`, `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` (used as it is), `OTEL_EXPORTER_OTLP_ENDPOINT`; default
    /// `http://localhost:4318`. Axonize's server takes HTTP and gRPC on both of its ports.
    public var endpoint: String?
    /// `service.name` of the resource.
    ///
    /// `AXONIZE_SERVICE_NAME`, `OTEL_SERVICE_NAME`; default `unknown_service:` and the executable's name.
    public var serviceName: String?
    /// `service.version` of the resource.
    public var serviceVersion: String?
    /// `deployment.environment.name` of the resource.
    public var environment: String?
    /// Further attributes of the resource, over what is detected.
    ///
    /// `AXONIZE_RESOURCE_ATTRIBUTES`, `OTEL_RESOURCE_ATTRIBUTES`.
    public var resourceAttributes: Attributes = [:]
    /// Key of Axonize's server, sent as `Authorization: Bearer`.
    ///
    /// `AXONIZE_API_KEY`.
    public var apiKey: String?
    /// Further headers of every request.
    ///
    /// `AXONIZE_HEADERS`, `OTEL_EXPORTER_OTLP_HEADERS`.
    public var headers: [String: String] = [:]
    /// `AXONIZE_PROTOCOL`, `OTEL_EXPORTER_OTLP_TRACES_PROTOCOL`, `OTEL_EXPORTER_OTLP_PROTOCOL`; default `.grpc` at port
    /// 4317 unless the endpoint has a path, else `.httpProtobuf`.
    public var exportProtocol: ExportProtocol?
    /// `AXONIZE_COMPRESSION`, `OTEL_EXPORTER_OTLP_COMPRESSION`; default `uncompressed`.
    public var compression: Compression?
    /// For one request.
    ///
    /// `AXONIZE_TIMEOUT` (seconds), `OTEL_EXPORTER_OTLP_TIMEOUT` (milliseconds; numbers below 1000 are read as
    /// seconds); default 10 s.
    public var timeout: Duration?
    /// PEM file of certificates to trust instead of the system's, for `https`.
    ///
    /// `AXONIZE_CA_FILE`, `OTEL_EXPORTER_OTLP_CERTIFICATE`.
    public var caFile: String?
    /// PEM file of the client's certificate.
    ///
    /// `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`.
    public var clientCertificate: String?
    /// PEM file of the client's key.
    ///
    /// `OTEL_EXPORTER_OTLP_CLIENT_KEY`.
    public var clientKey: String?
    /// `AXONIZE_SAMPLER` and `AXONIZE_SAMPLER_ARG`, `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`; default
    /// `.parentBased(.alwaysOn)`.
    public var sampler: Sampler?
    /// Whether prompts, completions, inputs and outputs are recorded.
    ///
    /// `AXONIZE_CAPTURE_CONTENT`, `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`; default false.
    public var captureContent: Bool?
    /// Longest captured text in code points.
    ///
    /// `AXONIZE_CONTENT_MAX_LENGTH`; default 16384.
    public var contentLengthMax: Int?
    /// Called with each text that would be captured; what it returns is recorded, nil leaves the text out.
    public var redact: (@Sendable (ContentKind, String) -> String?)?
    /// Spans that may wait to be sent; more are dropped and counted.
    ///
    /// `AXONIZE_QUEUE_SIZE`, `OTEL_BSP_MAX_QUEUE_SIZE`; default 32768.
    public var queueSize: Int?
    /// Greatest number of spans in a request.
    ///
    /// `AXONIZE_BATCH_SIZE`, `OTEL_BSP_MAX_EXPORT_BATCH_SIZE`; default 8192.
    public var batchSize: Int?
    /// How long a span waits at most for its batch.
    ///
    /// `AXONIZE_INTERVAL` (seconds), `OTEL_BSP_SCHEDULE_DELAY` (milliseconds); default 1 s.
    public var interval: Duration?
    /// Whether metrics of LLM operations and of the SDK are sent.
    ///
    /// `AXONIZE_METRICS`, `OTEL_METRICS_EXPORTER=none`; default true.
    public var metrics: Bool?
    /// Time between them.
    ///
    /// `AXONIZE_METRICS_INTERVAL` (seconds), `OTEL_METRIC_EXPORT_INTERVAL` (milliseconds); default 10 s.
    public var metricsInterval: Duration?
    /// Samples this process's GPUs that often, for hosts where no agent runs.
    ///
    /// `AXONIZE_GPU_SNAPSHOT_INTERVAL_MS`; default off.
    public var gpuSnapshotInterval: Duration?
    /// `OTEL_SPAN_*_COUNT_LIMIT`, `OTEL_ATTRIBUTE_*_LIMIT`, `AXONIZE_ATTRIBUTE_VALUE_BYTES_MAX`.
    public var limits = SpanLimits()
    /// False: nothing is recorded and sent.
    ///
    /// `AXONIZE_ENABLED`, `OTEL_SDK_DISABLED`, `OTEL_TRACES_EXPORTER=none`; default true.
    public var isEnabled: Bool?
    /// Takes the SDK's warnings, each kind once; nil: lines on standard error.
    public var warningHandler: (@Sendable (String) -> Void)?

    /// A configuration; the properties tell the rest.
    public init(endpoint: String? = nil, serviceName: String? = nil, apiKey: String? = nil) {
      self.endpoint = endpoint
      self.serviceName = serviceName
      self.apiKey = apiKey
    }
  }

  /// What is spoken to the receiver.
  public enum ExportProtocol: String, Sendable, Hashable {
    /// OTLP over HTTP/1.1 with protobuf.
    case httpProtobuf = "http/protobuf"
    /// OTLP over gRPC.
    case grpc
  }

  /// How bodies of requests are compressed, through zlib or zstd of the system, which is opened when it is needed.
  public enum Compression: String, Sendable, Hashable {
    /// As they are.
    case uncompressed = "none"
    /// RFC 1952.
    case gzip
    /// RFC 8878.
    case zstd
  }

  /// What a captured text is.
  public enum ContentKind: String, Sendable, Hashable, CaseIterable {
    /// What a model was asked.
    case prompt
    /// What a model answered.
    case completion
    /// Instructions of the system.
    case system
    /// What a span's work was given, a retrieval's query too.
    case input
    /// What a span's work returned.
    case output
  }

  /// Which traces are recorded (https://opentelemetry.io/docs/specs/otel/trace/sdk/#built-in-samplers).
  public struct Sampler: Sendable, Hashable {
    enum Root: Sendable, Hashable {
      case alwaysOn
      case alwaysOff
      case traceIDRatio(Double)
    }

    var root: Root
    var followsParent: Bool

    /// Every span.
    public static let alwaysOn = Sampler(root: .alwaysOn, followsParent: false)
    /// No span.
    public static let alwaysOff = Sampler(root: .alwaysOff, followsParent: false)

    /// A share of the traces, 0 to 1, the same ones in every process.
    public static func traceIDRatio(_ ratio: Double) -> Sampler {
      Sampler(root: .traceIDRatio(min(max(ratio, 0), 1)), followsParent: false)
    }

    /// What the parent decided; for the first span of a trace another sampler.
    public static func parentBased(_ root: Sampler) -> Sampler { Sampler(root: root.root, followsParent: true) }
  }

  /// Limits of a span; what exceeds them is dropped or cut, and counted.
  ///
  /// nil: the default.
  public struct SpanLimits: Sendable, Hashable {
    /// Attributes of a span; default 128.
    public var attributes: Int?
    /// Events of a span; default 128.
    public var events: Int?
    /// Links of a span; default 128.
    public var links: Int?
    /// Attributes of an event; default 128.
    public var eventAttributes: Int?
    /// Attributes of a link; default 128.
    public var linkAttributes: Int?
    /// Code points of a text in a value; default unlimited.
    public var valueCharacters: Int?
    /// Bytes of a text or of bytes in a value; default 64 KiB.
    public var valueBytes: Int?
    /// Encoded attributes, events and links of a span, in bytes; default 4 MiB.
    public var spanBytes: Int?

    /// Limits; the properties tell the defaults.
    public init() {}

    /// These limits, and where they say nothing those of others.
    func or(_ others: SpanLimits) -> SpanLimits {
      var limits = self
      limits.attributes = attributes ?? others.attributes
      limits.events = events ?? others.events
      limits.links = links ?? others.links
      limits.eventAttributes = eventAttributes ?? others.eventAttributes
      limits.linkAttributes = linkAttributes ?? others.linkAttributes
      limits.valueCharacters = valueCharacters ?? others.valueCharacters
      limits.valueBytes = valueBytes ?? others.valueBytes
      limits.spanBytes = spanBytes ?? others.spanBytes
      return limits
    }
  }
}
