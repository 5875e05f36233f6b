import Testing

@testable import Axonize

/// What may be a secret is never told; mistakes in names and values are.
@Suite struct SecretTests {
  static let secret = "sk-EXAMPLE-1"

  @Test(arguments: [
    "#", "Bearer #", "authorization Bearer #", "authorization: Bearer #", "authorization=Bearer #,trailing",
    "authorization=Bearer #\u{e9}", "authorization=Bearer%20#%0A", "=Bearer #", "Bearer #=", "Bearer #==", "#=\u{e9}",
    "a b=#", "a:b=#", "{\"authorization\": \"#\"}", "x=#\u{1}y",
  ])
  func `a malformed header is told by its place`(form: String) {
    let text = form.split(separator: "#", omittingEmptySubsequences: false).joined(separator: Self.secret)
    for name in ["AXONIZE_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"] {
      let heard = Heard()
      _ = ConfigurationTests.resolve([name: text], heard: heard)
      #expect(heard.all.contains { $0.hasPrefix("\(name): entry ") })
      #expect(heard.all.allSatisfy { !$0.contains(Self.secret) })
    }
    let heard = Heard()
    _ = ConfigurationTests.resolve(heard: heard) {
      $0.headers = [text: "v", "X-Team": text + "\n"]
      $0.apiKey = text + "\u{0}x"
    }
    #expect(heard.all.count >= 2)
    #expect(heard.all.allSatisfy { !$0.contains(Self.secret) })
  }

  @Test func `the entries of a variable that are fine are sent`() {
    let found = ConfigurationTests.resolve(["AXONIZE_HEADERS": "a=1,wrong,b=2"])
    #expect(found.headerLines == "a: 1\r\nb: 2\r\n")
  }

  @Test(arguments: [
    "http://user:#@127.0.0.1:99999", "http://user:#@127.0.0.1:port", "http://#@h:0", "http://h:#", "http://:#@",
    "ftp://user:#@h", "#://h", "http://user:#@[::1", "http:///#", "http://h/a b#", "http://user:#@h i",
    "http://user:#@127.0.0.1:1", "user:#@127.0.0.1:1",
  ])
  func `nothing of an endpoint is told that cannot be read`(form: String) {
    let text = form.split(separator: "#", omittingEmptySubsequences: false).joined(separator: Self.secret)
    for name in ["AXONIZE_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", ""] {
      let heard = Heard()
      let found = ConfigurationTests.resolve([name: text], heard: heard) { if name.isEmpty { $0.endpoint = text } }
      #expect(heard.all.count == 1)
      #expect(heard.all.allSatisfy { !$0.contains(Self.secret) })
      #expect(!found.endpoint.authority.contains(Self.secret))
    }
  }

  @Test(arguments: [
    "http://user:#@127.0.0.1:99999", "socks5://user:#@h:1", "https://#@h:1", "http://user:#@", "http://[#",
  ])
  func `nothing of a proxy is told`(form: String) {
    let text = form.split(separator: "#", omittingEmptySubsequences: false).joined(separator: Self.secret)
    let heard = Heard()
    let found = ConfigurationTests.resolve(["http_proxy": text], heard: heard) { $0.endpoint = "http://collector:4318" }
    #expect(found.proxy == nil)
    #expect(heard.all == ["http_proxy: it is not a URL such as http://host:port, and no proxy is used"])
  }

  @Test func `a value that is not taken is told with the choices`() {
    let heard = Heard()
    _ = ConfigurationTests.resolve(
      [
        "AXONIZE_COMPRESSION": "lz4", "AXONIZE_SAMPLER": "sometimes", "AXONIZE_METRICS": "perhaps",
        "AXONIZE_QUEUE_SIZE": "-1", "AXONIZE_TIMEOUT": "0", "AXONIZE_RESOURCE_ATTRIBUTES": "a=1,b",
      ], heard: heard)
    #expect(
      heard.all.sorted() == [
        "AXONIZE_COMPRESSION: 'lz4' is not none, gzip or zstd; it is not used",
        "AXONIZE_METRICS: 'perhaps' is not true or false; it is not used",
        "AXONIZE_QUEUE_SIZE: '-1' is not a whole number of at least 0; it is not used",
        "AXONIZE_RESOURCE_ATTRIBUTES: entry 2 is not name=value; it is not used",
        "AXONIZE_SAMPLER: 'sometimes' is not always_on, always_off or traceidratio, or one of them behind "
          + "parentbased_; it is not used",
        "AXONIZE_TIMEOUT: '0' is not a number of seconds, above 0 and below 86400; it is not used",
      ])
  }

  @Test func `variables that nobody reads are told, with what was meant`() {
    let heard = Heard()
    let names = ["AXONIZE_ENDPIONT", "AXONIZE_COMPRESS", "AXONIZE_COLOUR", "AXONIZE_KEY", "AXONIZE_ENDPOINT", "PATH"]
    VariableNames.warnOfUnknown(names, Warnings(handler: { heard.hear($0) }))
    #expect(
      heard.all == [
        "the variable AXONIZE_COLOUR is not known and has no effect",
        "the variable AXONIZE_COMPRESS is not known and has no effect; did you mean AXONIZE_COMPRESSION?",
        "the variable AXONIZE_ENDPIONT is not known and has no effect; did you mean AXONIZE_ENDPOINT?",
        "the variable AXONIZE_KEY is not known and has no effect; did you mean AXONIZE_API_KEY?",
      ])
  }

  @Test(arguments: [
    "AXONIZE_SERVICE_HOST", "AXONIZE_SERVICE_PORT", "AXONIZE_SERVICE_PORT_OTLP_GRPC", "AXONIZE_PORT",
    "AXONIZE_PORT_4317_TCP", "AXONIZE_PORT_4317_TCP_ADDR", "AXONIZE_HEADLESS_SERVICE_HOST",
    "AXONIZE_GATEWAY_PORT_80_TCP_PROTO", "AXONIZE_SERVER", "AXONIZE_CONFIG", "AXONIZE_RETENTION_TRACES", "AXONIZE_OTEL",
  ])
  func `variables of Kubernetes and of Axonize's other programs are legal`(name: String) {
    #expect(VariableNames.unknown([name]).isEmpty)
  }

  @Test func `the process's variables are read by their names`() {
    #expect(Environment.names(prefix: "PAT").contains("PATH"))
  }
}
