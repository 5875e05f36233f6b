import Synchronization
import Testing

@testable import Axonize

/// Warnings that were given, for tests.
final class Heard: Sendable {
  private let state = Mutex<[String]>([])

  var all: [String] { state.withLock { $0 } }

  func hear(_ text: String) { state.withLock { $0.append(text) } }
}

/// What a configuration and the environment come to.
@Suite struct ConfigurationTests {
  static func resolve(
    _ variables: [String: String] = [:], heard: Heard = Heard(),
    _ change: (inout Axonize.Configuration) -> Void = { _ in }
  ) -> ResolvedConfiguration {
    var given = Axonize.Configuration()
    change(&given)
    return ResolvedConfiguration(
      given, Environment(variable: { variables[$0] }, warnings: Warnings(handler: { heard.hear($0) })))
  }

  @Test func `defaults are those of OpenTelemetry where it has some`() {
    let found = Self.resolve()
    #expect(found.endpoint == Endpoint())
    #expect((found.endpoint.host, found.endpoint.port, found.endpoint.tracesPath) == ("localhost", 4318, "/v1/traces"))
    #expect(found.isEnabled)
    #expect(found.sendsMetrics)
    #expect(!found.content.isCaptured)
    #expect(found.sampler == .parentBased(.alwaysOn))
    #expect((found.timeout, found.interval, found.metricsInterval) == (.seconds(10), .seconds(1), .seconds(10)))
    #expect((found.queueSize, found.batchSize, found.content.lengthMax) == (32768, 8192, 16384))
    #expect(found.gpuSnapshotInterval == nil)
  }

  @Test(arguments: [
    ("http://h:4317", "h", 4317, "/v1/traces", false),
    ("https://h", "h", 443, "/v1/traces", true),
    ("HTTP://h", "h", 4318, "/v1/traces", false),
    ("h:1234", "h", 1234, "/v1/traces", false),
    ("http://h:1/otlp/", "h", 1, "/otlp/v1/traces", false),
    ("http://h:1/otlp/v1/traces", "h", 1, "/otlp/v1/traces", false),
    ("http://[::1]:9", "::1", 9, "/v1/traces", false),
    ("http://[fe80::1]", "fe80::1", 4318, "/v1/traces", false),
    ("http://user:secret@h:1", "h", 1, "/v1/traces", false),
    ("  http://h?x=1 ", "h", 4318, "/v1/traces", false),
  ])
  func `endpoints are URLs`(text: String, host: String, port: Int, path: String, isTLS: Bool) throws {
    let found = try #require(Endpoint(text))
    #expect((found.host, found.port, found.tracesPath, found.isTLS) == (host, port, path, isTLS))
  }

  @Test(arguments: [
    "", "ftp://h", "http://", "http://h:port", "http://h:0", "http://h:70000", "http://h:1/a b", "http://h\u{1}",
  ])
  func `what is no endpoint is warned of and passed over`(text: String) {
    #expect(Endpoint(text) == nil)
    let heard = Heard()
    let found = Self.resolve(["AXONIZE_ENDPOINT": "http://env:1"], heard: heard) { $0.endpoint = text }
    #expect(found.endpoint.host == "env")
    #expect(heard.all.count == 1)
  }

  static let precedence: [(set: [String: String], host: String, path: String)] = [
    ([:], "localhost", "/v1/traces"),
    (["OTEL_EXPORTER_OTLP_ENDPOINT": "http://o:1/x"], "o", "/x/v1/traces"),
    (
      ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://o:1", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://t:1/own"], "t", "/own"
    ),
    (["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://t:1"], "t", "/"),
    (["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://t:1/own", "AXONIZE_ENDPOINT": "http://a:1"], "a", "/v1/traces"),
  ]

  @Test(arguments: Self.precedence)
  func `the more particular variable counts`(set: [String: String], host: String, path: String) {
    let found = Self.resolve(set)
    #expect((found.endpoint.host, found.endpoint.tracesPath) == (host, path))
    #expect(Self.resolve(set) { $0.endpoint = "http://given:1" }.endpoint.host == "given")
  }

  @Test func `headers of all sources come together, and a key wins`() {
    let heard = Heard()
    let found = Self.resolve(
      [
        "OTEL_EXPORTER_OTLP_HEADERS": "a=1,b=%32,Authorization=old", "AXONIZE_HEADERS": "b=3",
        "AXONIZE_API_KEY": "from-environment",
      ], heard: heard
    ) {
      $0.headers = ["C": "4", "bad name": "x", "inject": "a\r\nb: c"]
      $0.apiKey = "secret"
    }
    #expect(found.headerLines == "a: 1\r\nb: 3\r\nC: 4\r\nAuthorization: Bearer secret\r\n")
    #expect(
      heard.all == [
        "headers: number 2 by name has characters that HTTP does not allow; it is not sent",
        "headers: number 3 by name (inject) has characters that HTTP does not allow; it is not sent",
      ])
    #expect(found.keyOrigin == "apiKey")
  }

  @Test(arguments: [
    ("always_on", "", Axonize.Sampler.alwaysOn),
    ("always_off", "", .alwaysOff),
    ("traceidratio", "0.25", .traceIDRatio(0.25)),
    ("parentbased_traceidratio", "0.5", .parentBased(.traceIDRatio(0.5))),
    ("PARENTBASED_ALWAYS_OFF", "", .parentBased(.alwaysOff)),
    ("traceidratio", "2", .traceIDRatio(1)),
    ("nonsense", "", .parentBased(.alwaysOn)),
  ])
  func `samplers have OpenTelemetry's names`(name: String, argument: String, expected: Axonize.Sampler) {
    for prefix in ["AXONIZE_", "OTEL_TRACES_"] {
      let found = Self.resolve(["\(prefix)SAMPLER": name, "\(prefix)SAMPLER_ARG": argument])
      #expect(found.sampler == expected)
    }
    #expect(Self.resolve(["AXONIZE_SAMPLER": name]) { $0.sampler = .alwaysOn }.sampler == .alwaysOn)
  }

  @Test func `times are seconds in our variables and milliseconds in OpenTelemetry's`() {
    #expect(Self.resolve(["OTEL_EXPORTER_OTLP_TIMEOUT": "2500"]).timeout == .milliseconds(2500))
    #expect(Self.resolve(["OTEL_EXPORTER_OTLP_TIMEOUT": "7"]).timeout == .seconds(7))
    #expect(Self.resolve(["OTEL_EXPORTER_OTLP_TIMEOUT": "7", "AXONIZE_TIMEOUT": "1.5"]).timeout == .milliseconds(1500))
    #expect(Self.resolve(["OTEL_BSP_SCHEDULE_DELAY": "250"]).interval == .milliseconds(250))
    #expect(Self.resolve(["OTEL_METRIC_EXPORT_INTERVAL": "250"]).metricsInterval == .milliseconds(250))
    #expect(Self.resolve(["AXONIZE_GPU_SNAPSHOT_INTERVAL_MS": "1"]).gpuSnapshotInterval == .milliseconds(100))
    #expect(Self.resolve(["AXONIZE_INTERVAL": "0.5"]) { $0.interval = .seconds(2) }.interval == .seconds(2))
  }

  @Test func `values that are not understood are warned of and the next source counts`() {
    let heard = Heard()
    let found = Self.resolve(
      [
        "AXONIZE_QUEUE_SIZE": "many", "OTEL_BSP_MAX_QUEUE_SIZE": "100", "AXONIZE_TIMEOUT": "-1",
        "AXONIZE_COMPRESSION": "brotli", "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip", "AXONIZE_CAPTURE_CONTENT": "perhaps",
      ], heard: heard)
    #expect((found.queueSize, found.timeout, found.compression) == (100, .seconds(10), .gzip))
    #expect(!found.content.isCaptured)
    #expect(heard.all.count == 4)
  }

  @Test(arguments: [
    ([:], Bool?.none, true),
    (["OTEL_SDK_DISABLED": "true"], nil, false),
    (["OTEL_TRACES_EXPORTER": "none"], nil, false),
    (["OTEL_SDK_DISABLED": "true", "AXONIZE_ENABLED": "1"], nil, true),
    (["AXONIZE_ENABLED": "off"], nil, false),
    (["AXONIZE_ENABLED": "off"], true, true),
  ])
  func `the SDK can be switched off`(variables: [String: String], given: Bool?, expected: Bool) {
    #expect(Self.resolve(variables) { $0.isEnabled = given }.isEnabled == expected)
  }

  @Test(arguments: [
    ("http://h:4317", Axonize.ExportProtocol.grpc), ("http://h:4317/", .grpc), ("https://h:4317", .grpc),
    ("[::1]:4317", .grpc), ("http://h:4317/v1/traces", .httpProtobuf), ("http://h:4317/otlp", .httpProtobuf),
    ("http://h:4318", .httpProtobuf), ("https://h", .httpProtobuf), ("h", .httpProtobuf),
  ])
  func `the port decides what is spoken`(endpoint: String, expected: Axonize.ExportProtocol) {
    #expect(Self.resolve { $0.endpoint = endpoint }.exportProtocol == expected)
    #expect(Self.resolve(["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": endpoint]).exportProtocol == expected)
  }

  @Test func `who asks decides what is spoken`() {
    let heard = Heard()
    func found(_ endpoint: String, _ variables: [String: String], _ given: Axonize.ExportProtocol? = nil) -> String {
      Self.resolve(variables, heard: heard) {
        $0.endpoint = endpoint
        $0.exportProtocol = given
      }.exportProtocol.rawValue
    }
    #expect(found("h:4317", ["OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"]) == "http/protobuf")
    #expect(found("h:4318", ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "GRPC"]) == "grpc")
    #expect(found("h:4317", ["AXONIZE_PROTOCOL": "http", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"]) == "http/protobuf")
    #expect(found("h:4317", ["AXONIZE_PROTOCOL": "http"], .grpc) == "grpc")
    #expect(heard.all.isEmpty)
    #expect(found("h:4317", ["OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"]) == "grpc")
    #expect(heard.all == ["OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' is not http/protobuf or grpc; it is not used"])
  }

  @Test func `a signal has a path over HTTP and a method over gRPC`() {
    let http = Self.resolve { $0.endpoint = "h:1/base" }
    #expect((http.path(of: .traces), http.path(of: .metrics)) == ("/base/v1/traces", "/base/v1/metrics"))
    let grpc = Self.resolve { $0.endpoint = "h:4317" }
    #expect(grpc.path(of: .traces) == "/opentelemetry.proto.collector.trace.v1.TraceService/Export")
    #expect(grpc.path(of: .metrics) == "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export")
  }

  @Test func `limits come from the program, then from the environment`() {
    let found = Self.resolve([
      "OTEL_ATTRIBUTE_COUNT_LIMIT": "10", "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "5", "OTEL_SPAN_EVENT_COUNT_LIMIT": "6",
      "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": "7", "AXONIZE_ATTRIBUTE_VALUE_BYTES_MAX": "8",
    ]) { $0.limits.events = 1 }
    var expected = Axonize.SpanLimits()
    (expected.attributes, expected.eventAttributes, expected.linkAttributes) = (5, 10, 10)
    (expected.events, expected.valueCharacters, expected.valueBytes) = (1, 7, 8)
    #expect(found.limits == expected)
  }

  @Test func `the resource is detected, and what was given counts before`() {
    let files = [
      "/etc/machine-id": "abc\n", "/proc/self/cmdline": "/usr/bin/chat\0--key=secret\0",
      "/proc/self/cgroup": "0::/system.slice/docker-\(String(repeating: "0123456789abcdef", count: 4)).scope\n",
      "/var/run/secrets/kubernetes.io/serviceaccount/namespace": "prod",
    ]
    let variables = [
      "KUBERNETES_SERVICE_HOST": "10.0.0.1", "POD_NAME": "chat-0", "SLURM_JOB_ID": "17", "AXONIZE_NODE_ID": "n1",
      "OTEL_RESOURCE_ATTRIBUTES": "team=inference,service.version=%31", "AXONIZE_RESOURCE_ATTRIBUTES": "team=ours",
    ]
    var given = Axonize.Configuration()
    given.environment = "test"
    given.resourceAttributes = ["host.name": "mine"]
    let environment = Environment(variable: { variables[$0] }, warnings: Warnings(handler: { _ in }))
    let resolved = ResolvedConfiguration(given, environment)
    let found = ProcessResource(environment: environment, read: { files[$0] })
      .detect(serviceName: resolved.serviceName, given: resolved.resourceAttributes)
    let expected: [String: AttributeValue] = [
      "telemetry.sdk.name": "axonize", "telemetry.sdk.language": "swift", "host.id": "abc", "host.name": "mine",
      "os.type": "linux", "process.executable.name": "chat", "service.name": "unknown_service:chat",
      "container.id": .string(String(repeating: "0123456789abcdef", count: 4)), "k8s.pod.name": "chat-0",
      "k8s.namespace.name": "prod", "slurm.job.id": "17", "node.id": "n1", "team": "ours", "service.version": "1",
      "deployment.environment.name": "test",
    ]
    for (key, value) in expected { #expect(found[key] == value, "\(key)") }
    #expect(!found.pairs.contains { "\($0.value)".contains("secret") })
  }

  @Test(
    arguments: [
      (
        "0::/kubepods.slice/kubepods-pod0a1b2c3d_4e5f_6071_8293_a4b5c6d7e8f9.slice/cri-containerd-CID.scope", "", "CID",
        nil
      ),
      ("4:memory:/kubepods/burstable/pod0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9/CID", "", "CID", nil),
      // A node that is a container itself: the inner one counts.
      (
        "0::/docker-OTHER.scope/kubelet.slice/kubelet-kubepods-pod0a1b2c3d_4e5f_6071_8293_a4b5c6d7e8f9.slice/crio-CID.scope",
        "",
        "CID", nil
      ),
      // In a namespace of its own there are the kubelet's mounts only, and the sandbox's id, which is not the container's.
      (
        "0::/",
        "5 4 8:1 /var/lib/kubelet/pods/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9/containers/vllm/0a1b /dev/x rw - ext4 a rw\n"
          + "6 4 8:1 /run/containers/sandboxes/OTHER/hostname /etc/hostname rw - ext4 a rw", nil, "vllm"
      ),
    ] as [(String, String, String?, String?)])
  func `a pod is found where the kernel names it`(group: String, mounts: String, id: String?, container: String?) {
    func filled(_ text: String) -> String {
      text.replacing("CID", with: String(repeating: "ab", count: 32))
        .replacing("OTHER", with: String(repeating: "cd", count: 32))
    }
    let files = ["/proc/self/cgroup": filled(group), "/proc/self/mountinfo": filled(mounts)]
    let variables = [
      "KUBERNETES_SERVICE_HOST": "10.0.0.1", "K8S_POD_NAME": "chat-0", "SLURM_JOB_USER": "alice",
      "SLURM_JOB_PARTITION": "gpu", "SLURM_LOCALID": "1",
    ]
    let environment = Environment(variable: { variables[$0] }, warnings: Warnings(handler: { _ in }))
    let found = ProcessResource(environment: environment, read: { files[$0] })
      .detect(serviceName: nil, given: ["k8s.pod.name": "mine"])
    #expect(found["k8s.pod.uid"] == "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9")
    #expect(found["container.id"] == id.map { .string(filled($0)) })
    #expect(found["k8s.container.name"] == container.map { .string($0) })
    #expect(found["k8s.pod.name"] == "mine")
    #expect(found["slurm.user"] == "alice")
    #expect(found["slurm.partition"] == "gpu")
    #expect(found["slurm.process.local_rank"] == "1")
  }
}
