/// What a configuration and the environment come to: the configuration first, then `AXONIZE_*`, `OTEL_*`, defaults.
struct ResolvedConfiguration: Sendable {
  var endpoint = Endpoint()
  var isEnabled = true
  var serviceName: String?
  var resourceAttributes = Attributes()
  /// Names and values that HTTP allows.
  var headers: [(name: String, value: String)] = []
  var exportProtocol = Axonize.ExportProtocol.httpProtobuf
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
    headers = Self.headers(given, environment)
    exportProtocol =
      given.exportProtocol
      ?? environment.first(
        "AXONIZE_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL",
        read: EnvironmentValue.exportProtocol) ?? endpoint.usualProtocol
    readSending(given, environment)
    sampler = given.sampler ?? Self.sampler(environment) ?? sampler
    readContent(given, environment)
    readMetrics(given, environment)
    limits = given.limits.or(Self.limits(environment))
  }

  private static func endpoint(_ given: Axonize.Configuration, _ environment: Environment) -> Endpoint {
    if let text = given.endpoint {
      if let endpoint = Endpoint(text) { return endpoint }
      environment.warnings.once("endpoint", "the endpoint \(text) is not understood and not used")
    }
    return environment.first("AXONIZE_ENDPOINT", read: { Endpoint($0) })
      ?? environment.first("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", read: { Endpoint(whole: $0) })
      ?? environment.first("OTEL_EXPORTER_OTLP_ENDPOINT", read: { Endpoint($0) }) ?? Endpoint()
  }

  private static func isEnabled(_ given: Axonize.Configuration, _ environment: Environment) -> Bool {
    if let isEnabled = given.isEnabled ?? environment.first("AXONIZE_ENABLED", read: EnvironmentValue.bool) {
      return isEnabled
    }
    let isDisabled = environment.first("OTEL_SDK_DISABLED", read: EnvironmentValue.bool) ?? false
    return !isDisabled && environment.text("OTEL_TRACES_EXPORTER")?.lowercased() != "none"
  }

  private mutating func readResource(_ given: Axonize.Configuration, _ environment: Environment) {
    for name in ["OTEL_RESOURCE_ATTRIBUTES", "AXONIZE_RESOURCE_ATTRIBUTES"] {
      for (key, value) in environment.first(name, read: EnvironmentValue.pairs) ?? [] {
        resourceAttributes[key] = .string(value)
      }
    }
    if let version = given.serviceVersion { resourceAttributes["service.version"] = .string(version) }
    if let name = given.environment { resourceAttributes["deployment.environment.name"] = .string(name) }
    resourceAttributes = resourceAttributes.merging(given.resourceAttributes)
    serviceName =
      given.serviceName ?? environment.first("AXONIZE_SERVICE_NAME", "OTEL_SERVICE_NAME") { $0 }
  }

  private static func headers(
    _ given: Axonize.Configuration, _ environment: Environment
  ) -> [(name: String, value: String)] {
    var headers: [(name: String, value: String)] = []
    func put(_ name: String, _ value: String) {
      headers.removeAll { $0.name.lowercased() == name.lowercased() }
      headers.append((name, value))
    }
    for name in ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS", "AXONIZE_HEADERS"] {
      for pair in environment.first(name, read: EnvironmentValue.pairs) ?? [] { put(pair.key, pair.value) }
    }
    for (name, value) in given.headers.sorted(by: { $0.key < $1.key }) { put(name, value) }
    if let key = given.apiKey ?? environment.text("AXONIZE_API_KEY"), !key.isEmpty {
      put("Authorization", "Bearer \(key)")
    }
    return headers.filter { header in
      let isName = !header.name.isEmpty && header.name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != 0x3a }
      let isUsable = isName && header.value.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f }
      if !isUsable {
        // Not the value: it may be a secret.
        environment.warnings.once(
          "headers", "the header \(header.name) has characters that HTTP does not allow; it is not sent")
      }
      return isUsable
    }
  }

  private mutating func readSending(_ given: Axonize.Configuration, _ environment: Environment) {
    compression =
      given.compression
      ?? environment.first(
        "AXONIZE_COMPRESSION", "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION",
        read: EnvironmentValue.compression) ?? compression
    timeout =
      positive(given.timeout) ?? environment.first("AXONIZE_TIMEOUT", read: EnvironmentValue.seconds)
      ?? environment.first(
        "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT", read: EnvironmentValue.otelTimeout)
      ?? timeout
    tls.caFile =
      given.caFile
      ?? environment.first(
        "AXONIZE_CA_FILE", "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE"
      ) { $0 }
    tls.clientCertificate =
      given.clientCertificate ?? environment.first("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE") { $0 }
    tls.clientKey = given.clientKey ?? environment.first("OTEL_EXPORTER_OTLP_CLIENT_KEY") { $0 }
    queueSize =
      positive(given.queueSize)
      ?? environment.first("AXONIZE_QUEUE_SIZE", "OTEL_BSP_MAX_QUEUE_SIZE", read: EnvironmentValue.count) ?? queueSize
    batchSize =
      positive(given.batchSize)
      ?? environment.first("AXONIZE_BATCH_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", read: EnvironmentValue.count)
      ?? batchSize
    interval =
      positive(given.interval) ?? environment.first("AXONIZE_INTERVAL", read: EnvironmentValue.seconds)
      ?? environment.first("OTEL_BSP_SCHEDULE_DELAY", read: EnvironmentValue.milliseconds) ?? interval
  }

  private static func sampler(_ environment: Environment) -> Axonize.Sampler? {
    guard
      let (root, followsParent) = environment.first(
        "AXONIZE_SAMPLER", "OTEL_TRACES_SAMPLER", read: EnvironmentValue.sampler)
    else { return nil }
    var sampler: Axonize.Sampler
    switch root {
    case "always_on": sampler = .alwaysOn
    case "always_off": sampler = .alwaysOff
    default:
      let ratio = environment.first("AXONIZE_SAMPLER_ARG", "OTEL_TRACES_SAMPLER_ARG", read: EnvironmentValue.ratio)
      sampler = .traceIDRatio(ratio ?? 1)
    }
    sampler.followsParent = followsParent
    return sampler
  }

  private mutating func readContent(_ given: Axonize.Configuration, _ environment: Environment) {
    content.isCaptured =
      given.captureContent
      ?? environment.first(
        "AXONIZE_CAPTURE_CONTENT", "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", read: EnvironmentValue.bool)
      ?? false
    content.lengthMax =
      given.contentLengthMax ?? environment.first("AXONIZE_CONTENT_MAX_LENGTH", read: EnvironmentValue.count)
      ?? content.lengthMax
    content.redact = given.redact
  }

  private mutating func readMetrics(_ given: Axonize.Configuration, _ environment: Environment) {
    let isOff = environment.text("OTEL_METRICS_EXPORTER")?.lowercased() == "none"
    sendsMetrics = given.metrics ?? environment.first("AXONIZE_METRICS", read: EnvironmentValue.bool) ?? !isOff
    metricsInterval =
      positive(given.metricsInterval) ?? environment.first("AXONIZE_METRICS_INTERVAL", read: EnvironmentValue.seconds)
      ?? environment.first("OTEL_METRIC_EXPORT_INTERVAL", read: EnvironmentValue.milliseconds) ?? metricsInterval
    let milliseconds = environment.first("AXONIZE_GPU_SNAPSHOT_INTERVAL_MS", read: EnvironmentValue.count)
    let asked = positive(given.gpuSnapshotInterval) ?? positive(milliseconds.map { Duration.milliseconds($0) })
    gpuSnapshotInterval = asked.map { max($0, .milliseconds(100)) }
  }

  private static func limits(_ environment: Environment) -> Axonize.SpanLimits {
    let count = EnvironmentValue.count
    var limits = Axonize.SpanLimits()
    limits.attributes = environment.first(
      "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT", read: count)
    limits.events = environment.first("OTEL_SPAN_EVENT_COUNT_LIMIT", read: count)
    limits.links = environment.first("OTEL_SPAN_LINK_COUNT_LIMIT", read: count)
    limits.eventAttributes = environment.first(
      "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT", read: count)
    limits.linkAttributes = environment.first(
      "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT", read: count)
    limits.valueCharacters = environment.first(
      "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", read: count)
    limits.valueBytes = environment.first("AXONIZE_ATTRIBUTE_VALUE_BYTES_MAX", read: count)
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
