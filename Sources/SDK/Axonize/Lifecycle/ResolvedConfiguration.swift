/// What a configuration and the environment come to: the configuration first, then `AXONIZE_*`, `OTEL_*`, defaults.
struct ResolvedConfiguration: Sendable {
  var endpoint = Endpoint()
  var isEnabled = true
  var serviceName: String?
  var resourceAttributes = Attributes()
  /// Names and values that HTTP allows.
  var headers: [(name: String, value: String)] = []
  /// What gave the header Authorization; nil where there is none.
  var keyOrigin: String?
  var exportProtocol = Axonize.ExportProtocol.httpProtobuf
  /// What requests go through; nil: they go to the receiver itself.
  var proxy: Proxy?
  var compression = Axonize.Compression.uncompressed
  var timeout = Duration.seconds(10)
  var tls = TLSFiles()
  var sampler = Axonize.Sampler.parentBased(.alwaysOn)
  var content = ContentPolicy.nothing
  var queueSize = 32768
  var batchSize = 8192
  var interval = Duration.seconds(1)
  var sendsMetrics = true
  var metricsInterval = Duration.seconds(10)
  var gpuSnapshotInterval: Duration?
  var limits = Axonize.SpanLimits()

  /// "Name: value\r\n" for each header.
  var headerLines: String { headers.map { "\($0.name): \($0.value)\r\n" }.joined() }

  init(_ given: Axonize.Configuration, _ environment: Environment) {
    endpoint = Self.endpoint(given, environment)
    isEnabled = Self.isEnabled(given, environment)
    readResource(given, environment)
    let headers = RequestHeaders(given, environment)
    self.headers = headers.all.map { ($0.name, $0.value) }
    keyOrigin = headers.keyOrigin
    exportProtocol =
      given.exportProtocol
      ?? environment.first(
        "AXONIZE_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL",
        expected: "http/protobuf or grpc", read: EnvironmentValue.exportProtocol) ?? endpoint.usualProtocol
    proxy = Proxy.of(endpoint, exportProtocol, environment)
    readSending(given, environment)
    sampler = given.sampler ?? Self.sampler(environment) ?? sampler
    readContent(given, environment)
    readMetrics(given, environment)
    limits = given.limits.or(Self.limits(environment))
  }

  private static func endpoint(_ given: Axonize.Configuration, _ environment: Environment) -> Endpoint {
    let found = givenEndpoint(given, environment) ?? Endpoint()
    if found.hasUser {
      environment.warnings.once(
        "endpoint.user", "what stands before the @ of the endpoint is not sent; use apiKey or headers for it")
    }
    return found
  }

  private static func givenEndpoint(_ given: Axonize.Configuration, _ environment: Environment) -> Endpoint? {
    if let text = given.endpoint {
      if let endpoint = Endpoint(text) { return endpoint }
      environment.warnings.once("endpoint", "endpoint: \(Endpoint.problem); it is not used")
    }
    return environment.secret("AXONIZE_ENDPOINT", problem: Endpoint.problem) { Endpoint($0) }
      ?? environment.secret("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", problem: Endpoint.problem) { Endpoint(whole: $0) }
      ?? environment.secret("OTEL_EXPORTER_OTLP_ENDPOINT", problem: Endpoint.problem) { Endpoint($0) }
  }

  private static func isEnabled(_ given: Axonize.Configuration, _ environment: Environment) -> Bool {
    if let isEnabled = given.isEnabled ?? environment.bool("AXONIZE_ENABLED") {
      return isEnabled
    }
    let isDisabled = environment.bool("OTEL_SDK_DISABLED") ?? false
    return !isDisabled && environment.text("OTEL_TRACES_EXPORTER")?.lowercased() != "none"
  }

  private mutating func readResource(_ given: Axonize.Configuration, _ environment: Environment) {
    for name in ["OTEL_RESOURCE_ATTRIBUTES", "AXONIZE_RESOURCE_ATTRIBUTES"] {
      let entries = EnvironmentValue.entries(environment.text(name) ?? "")
      if let wrong = entries.first(where: { $0.pair == nil }) {
        environment.warnings.once(name, "\(name): entry \(wrong.place) is not name=value; it is not used")
        continue
      }
      for case (_, let pair?) in entries { resourceAttributes[pair.key] = .string(pair.value) }
    }
    if let version = given.serviceVersion { resourceAttributes["service.version"] = .string(version) }
    if let name = given.environment { resourceAttributes["deployment.environment.name"] = .string(name) }
    resourceAttributes = resourceAttributes.merging(given.resourceAttributes)
    serviceName =
      given.serviceName ?? environment.text("AXONIZE_SERVICE_NAME") ?? environment.text("OTEL_SERVICE_NAME")
  }

  private mutating func readSending(_ given: Axonize.Configuration, _ environment: Environment) {
    compression =
      given.compression
      ?? environment.first(
        "AXONIZE_COMPRESSION", "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION",
        expected: "none, gzip or zstd", read: EnvironmentValue.compression) ?? compression
    timeout =
      positive(given.timeout) ?? environment.seconds("AXONIZE_TIMEOUT")
      ?? environment.first(
        "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT", expected: "a number of milliseconds",
        read: EnvironmentValue.otelTimeout)
      ?? timeout
    func text(_ given: String?, _ names: String...) -> String? {
      given ?? names.lazy.compactMap { environment.text($0) }.first
    }
    tls.caFile = text(
      given.caFile, "AXONIZE_CA_FILE", "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE")
    tls.clientCertificate = text(given.clientCertificate, "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE")
    tls.clientKey = text(given.clientKey, "OTEL_EXPORTER_OTLP_CLIENT_KEY")
    queueSize =
      positive(given.queueSize)
      ?? environment.count("AXONIZE_QUEUE_SIZE", "OTEL_BSP_MAX_QUEUE_SIZE") ?? queueSize
    batchSize =
      positive(given.batchSize)
      ?? environment.count("AXONIZE_BATCH_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE")
      ?? batchSize
    interval =
      positive(given.interval) ?? environment.seconds("AXONIZE_INTERVAL")
      ?? environment.milliseconds("OTEL_BSP_SCHEDULE_DELAY") ?? interval
  }

  private static func sampler(_ environment: Environment) -> Axonize.Sampler? {
    guard
      let (root, followsParent) = environment.first(
        "AXONIZE_SAMPLER", "OTEL_TRACES_SAMPLER",
        expected: "always_on, always_off or traceidratio, or one of them behind parentbased_",
        read: EnvironmentValue.sampler)
    else { return nil }
    var sampler: Axonize.Sampler
    switch root {
    case "always_on": sampler = .alwaysOn
    case "always_off": sampler = .alwaysOff
    default:
      let ratio = environment.first(
        "AXONIZE_SAMPLER_ARG", "OTEL_TRACES_SAMPLER_ARG", expected: "a number from 0 to 1", read: EnvironmentValue.ratio
      )
      sampler = .traceIDRatio(ratio ?? 1)
    }
    sampler.followsParent = followsParent
    return sampler
  }

  private mutating func readContent(_ given: Axonize.Configuration, _ environment: Environment) {
    content.isCaptured =
      given.captureContent
      ?? environment.first(
        "AXONIZE_CAPTURE_CONTENT", "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", expected: "true or false",
        read: EnvironmentValue.bool)
      ?? false
    content.lengthMax =
      given.contentLengthMax ?? environment.count("AXONIZE_CONTENT_MAX_LENGTH")
      ?? content.lengthMax
    content.redact = given.redact
  }

  private mutating func readMetrics(_ given: Axonize.Configuration, _ environment: Environment) {
    let isOff = environment.text("OTEL_METRICS_EXPORTER")?.lowercased() == "none"
    sendsMetrics = given.metrics ?? environment.bool("AXONIZE_METRICS") ?? !isOff
    metricsInterval =
      positive(given.metricsInterval) ?? environment.seconds("AXONIZE_METRICS_INTERVAL")
      ?? environment.milliseconds("OTEL_METRIC_EXPORT_INTERVAL") ?? metricsInterval
    let milliseconds = environment.count("AXONIZE_GPU_SNAPSHOT_INTERVAL_MS")
    let asked = positive(given.gpuSnapshotInterval) ?? positive(milliseconds.map { Duration.milliseconds($0) })
    gpuSnapshotInterval = asked.map { max($0, .milliseconds(100)) }
  }

  private static func limits(_ environment: Environment) -> Axonize.SpanLimits {
    var limits = Axonize.SpanLimits()
    limits.attributes = environment.count(
      "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT")
    limits.events = environment.count("OTEL_SPAN_EVENT_COUNT_LIMIT")
    limits.links = environment.count("OTEL_SPAN_LINK_COUNT_LIMIT")
    limits.eventAttributes = environment.count(
      "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT")
    limits.linkAttributes = environment.count(
      "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT")
    limits.valueCharacters = environment.count(
      "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT")
    limits.valueBytes = environment.count("AXONIZE_ATTRIBUTE_VALUE_BYTES_MAX")
    return limits
  }

  private func positive<Number: Comparable & AdditiveArithmetic>(_ value: Number?) -> Number? {
    value.flatMap { $0 > .zero ? $0 : nil }
  }
}

/// Files of certificates and keys in the PEM form.
struct TLSFiles: Sendable, Hashable {
  var caFile: String?
  var clientCertificate: String?
  var clientKey: String?
}
