import Testing

@testable import Axonize
@testable import AxonizeTesting

/// When a proxy is used, and which.
@Suite struct ProxyTests {
  static let exceptions: [(list: String, host: String, port: Int, isExcepted: Bool)] = [
    ("", "h", 80, false), ("*", "h", 80, true), ("h", "h", 80, true), ("H", "h.", 80, true),
    ("other,h", "h", 80, true), (" other , h ", "h", 80, true), ("example.com", "a.example.com", 80, true),
    (".example.com", "a.b.example.com", 80, true), (".example.com", "example.com", 80, true),
    ("*.example.com", "a.example.com", 80, true), ("example.com", "notexample.com", 80, false),
    ("a.example.com", "example.com", 80, false), (".", "h", 80, false), ("h:4318", "h", 4318, true),
    ("h:4318", "h", 4317, false), ("example.com:4318", "a.example.com", 4318, true),
    ("10.0.0.1", "10.0.0.1", 80, true), ("10.0.0.1", "10.0.0.10", 80, false), ("10.0.0.1:81", "10.0.0.1", 80, false),
    ("10.0.0.0/8", "10.200.3.4", 80, true), ("10.0.0.0/8", "11.0.0.1", 80, false),
    ("10.0.0.1/32", "10.0.0.1", 80, true),
    ("0.0.0.0/0", "8.8.8.8", 80, true), ("10.0.0.0/33", "10.0.0.1", 80, false), ("10.0.0.0/x", "10.0.0.1", 80, false),
    ("10.0.0.0/8", "10.example.com", 80, false), ("2001:db8::/32", "2001:db8::5", 80, true),
    ("2001:db8::/32", "2001:db9::5", 80, false), ("2001:db8::5", "2001:db8:0::5", 80, true),
    ("[2001:db8::5]:81", "2001:db8::5", 81, true), ("[2001:db8::5]:81", "2001:db8::5", 82, false),
    ("10.0.0.0/8", "2001:db8::5", 80, false),
  ]

  @Test(arguments: Self.exceptions)
  func `exceptions are names, domains, addresses and networks`(
    list: String, host: String, port: Int, isExcepted: Bool
  ) {
    #expect(Proxy.isExcepted(host, port, list) == isExcepted)
  }

  @Test(arguments: [
    ("localhost", true), ("LOCALHOST.", true), ("a.localhost", true), ("127.0.0.1", true), ("127.255.3.1", true),
    ("::1", true), ("::ffff:127.0.0.1", true), ("localhost.example.com", false), ("128.0.0.1", false), ("::2", false),
    ("::ffff:10.0.0.1", false), ("127.example.com", false),
  ])
  func `this machine has names and addresses`(host: String, isLoopback: Bool) {
    #expect(Proxy.isLoopback(host) == isLoopback)
  }

  static let choices: [(variables: [String: String], endpoint: String, proxy: String?)] = [
    ([:], "http://h", nil), (["http_proxy": "http://p:1"], "http://h", "p:1"),
    (["HTTP_PROXY": "p:1"], "http://h", "p:1"), (["HTTP_PROXY": "p:1", "REQUEST_METHOD": "GET"], "http://h", nil),
    (["http_proxy": "p:1", "HTTP_PROXY": "q:1"], "http://h", "p:1"), (["https_proxy": "p:1"], "http://h", nil),
    (["HTTPS_PROXY": "p:1"], "https://h", "p:1"), (["http_proxy": "p:1"], "https://h", nil),
    (["ALL_PROXY": "p"], "https://h", "p:80"), (["ALL_PROXY": "p:1", "http_proxy": "q:1"], "http://h", "q:1"),
    (["http_proxy": "p:1"], "http://h:4317", "p:1"), (["http_proxy": "p:1", "https_proxy": "q:1"], "h:4317", "q:1"),
    (["grpc_proxy": "p:1", "https_proxy": "q:1"], "https://h:4317", "p:1"),
    (["http_proxy": "p:1", "no_proxy": "h"], "http://h", nil),
    (["http_proxy": "p:1", "NO_PROXY": ".h"], "http://h", nil),
    (["http_proxy": "p:1", "no_grpc_proxy": "h"], "http://h", "p:1"),
    (["http_proxy": "p:1", "no_grpc_proxy": "h"], "http://h:4317", nil),
    (["http_proxy": "p:1"], "http://localhost", nil), (["http_proxy": "p:1"], "http://127.0.0.1:4317", nil),
    (["http_proxy": "http://[::1]:3128/"], "http://h", "[::1]:3128"), (["http_proxy": "socks5://p:1"], "http://h", nil),
    (["http_proxy": "https://p:1"], "http://h", nil), (["http_proxy": "http://p:port"], "http://h", nil),
  ]

  @Test(arguments: Self.choices)
  func `variables name the proxy`(variables: [String: String], endpoint: String, proxy: String?) {
    #expect(ConfigurationTests.resolve(variables) { $0.endpoint = endpoint }.proxy?.description == proxy)
  }

  @Test func `a name and password become the header that the proxy reads`() {
    // The example of RFC 7617.
    let found = Proxy("http://Aladdin:open%20sesame@p:1")
    #expect(found?.authorization == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
    #expect(Proxy("user@p:1")?.headerLines == "Proxy-Authorization: Basic dXNlcjo=\r\n")
    #expect(Proxy("u:p@p:1")?.authorization == "Basic dTpw")
    #expect(Proxy("p:1")?.headerLines == "")
  }
}

extension ExportTests {
  static let target = "receiver.test:4318"

  func start(_ endpoint: String, through proxy: String, heard: Heard, _ change: (inout Axonize.Configuration) -> Void) {
    var configuration = Axonize.Configuration(endpoint: endpoint, serviceName: "export")
    configuration.warningHandler = { heard.hear($0) }
    change(&configuration)
    Axonize.start(configuration, environment: { $0 == "all_proxy" ? "http://user:secret@\(proxy.dropFirst(7))" : nil })
  }

  @Test func `requests of HTTP go to the proxy in absolute form`() throws {
    let proxy = try Receiver()
    let heard = Heard()
    start("http://\(Self.target)/base", through: proxy.endpoint, heard: heard) { $0.headers = ["X-Team": "ours"] }
    withSpan("s") { _ in }
    #expect(Axonize.flush())
    #expect(Axonize.shutdown())
    for signal in ["traces", "metrics"] {
      let request = try #require(proxy.requests("http://\(Self.target)/base/v1/\(signal)").first)
      #expect(request.headers["host"] == Self.target)
      #expect(request.headers["proxy-authorization"] == "Basic dXNlcjpzZWNyZXQ=")
      #expect(request.headers["x-team"] == "ours")
    }
    #expect(heard.all.isEmpty)
  }

  @Test func `calls of gRPC go through a tunnel`() throws {
    let proxy = try Receiver(grpc: true, tunnel: 200)
    let heard = Heard()
    start("http://\(Self.target)", through: proxy.endpoint, heard: heard) {
      $0.exportProtocol = .grpc
      $0.headers = ["X-Team": "ours"]
    }
    for name in ["a", "b"] {
      withSpan(name, attributes: ["text": String(repeating: "x", count: 50_000)]) { _ in }
      #expect(Axonize.flush())
    }
    #expect(Axonize.shutdown())
    let tunnels = proxy.requests(Self.target)
    // One for the spans, one for the metrics; both are kept.
    #expect(tunnels.count == 2)
    #expect(
      tunnels.allSatisfy {
        $0.headers["proxy-authorization"] == "Basic dXNlcjpzZWNyZXQ=" && $0.headers["x-team"] == nil
      })
    let calls = proxy.requests("/opentelemetry.proto.collector.trace.v1.TraceService/Export")
    #expect(calls.flatMap { RequestReader.spans(of: $0.body) }.map(\.name) == ["a", "b"])
    #expect(calls.allSatisfy { $0.headers[":authority"] == Self.target && $0.headers["proxy-authorization"] == nil })
    #expect(!proxy.requests("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export").isEmpty)
    #expect(heard.all.isEmpty)
  }

  @Test func `a proxy that refuses is named, and its password is not`() throws {
    for (grpc, proxy) in [
      (true, try Receiver(grpc: true, tunnel: 407)), (false, try Receiver { _, _ in Receiver.Answer(status: 407) }),
    ] {
      let heard = Heard()
      start("http://\(Self.target)", through: proxy.endpoint, heard: heard) {
        $0.exportProtocol = grpc ? .grpc : .httpProtobuf
      }
      withSpan("s") { _ in }
      Axonize.shutdown()
      let place = "\(Self.target) through the proxy 127.0.0.1:\(proxy.port)"
      #expect(
        heard.all.contains {
          $0.hasPrefix("the receiver at \(place) refused spans (HTTP 407)")
            && $0.hasSuffix("the proxy asks for a name and password, as in http://name:password@host:port")
        })
      #expect(heard.all.contains("1 of 1 spans were lost: 1 because \(place) did not take them (HTTP 407)"))
      #expect(heard.all.allSatisfy { !$0.contains("secret") && !$0.contains("dXNlcjpzZWNyZXQ") })
    }
  }
}
