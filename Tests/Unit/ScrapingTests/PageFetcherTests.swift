import Compression
import EventLoop
import FoundationEssentials
import HTTPClient
import NetworkTestSupport
import Series
import System
import TestSupport
import Testing

@testable import Scraping

/// Goal: pages are fetched within their limits.
///
/// Method: a server of scripts on the loopback interface.
@Suite(.serialized, .timeLimit(.minutes(2))) struct PageFetcherTests {
  private static let peers = Result { try TLSPeers() }

  /// Runs a body with a fetcher and a server of their own.
  private func with(
    pageBytesMax: Int = 1 << 20, _ body: (PageFetcher, ScrapedServer) async throws -> Void
  ) async throws {
    let server = try ScrapedServer()
    let loops = try EventLoopGroup(count: 1)
    let workers = try WorkerPool(name: "test", threadCount: 1, queueCountMax: 8)
    let clients = ScrapeClients(loops: loops, names: workers)
    let fetcher = PageFetcher(
      clients: clients, workers: workers, memory: PageMemory(bytesMax: pageBytesMax), userAgent: "Axonize/test")
    defer {
      clients.shutDown()
      loops.stop()
      workers.stop()
      server.stop()
    }
    try await body(fetcher, server)
  }

  private func job(_ members: String) throws -> ScrapeJob {
    try #require(try ScrapeConfigurationTests.read("scrape_configs:\n  - job_name: j\n    \(members)\n").jobs.first)
  }

  private func target(_ address: String, _ job: ScrapeJob) throws -> TargetDefinition {
    let group = TargetGroup(targets: [LabelSet([Label("__address__", address)])], labels: .empty, source: "")
    let outcome = TargetDefinition.make(group.targets[0], in: group, of: job)
    guard case .active(let target) = outcome else {
      Issue.record("\(outcome)")
      throw CancellationError()
    }
    return target
  }

  private func page(_ fetcher: PageFetcher, _ address: String, _ members: String = "") async throws -> String {
    let job = try job(members)
    let fetched = try await fetcher.fetch(target(address, job), of: job)
    return String(decoding: try fetched.decoded(bytesMax: job.limits.bodyBytesMax), as: UTF8.self)
  }

  private func failure(
    _ fetcher: PageFetcher, _ address: String, _ members: String = "", at location: SourceLocation = #_sourceLocation
  ) async throws -> PageFailure {
    let error = await #expect(throws: PageFailure.self, sourceLocation: location) {
      _ = try await page(fetcher, address, members)
    }
    return try #require(error)
  }

  @Test func `a scrape says what it takes and how long it waits`() async throws {
    try await with { fetcher, server in
      server.page("a 1\n")
      #expect(try await page(fetcher, server.address, "scrape_timeout: 2500ms") == "a 1\n")
      let head = try #require(server.heads.first)
      for field in [
        "GET /metrics HTTP/1.1\r\n", "host: \(server.address)\r\n",
        "accept: application/openmetrics-text;version=1.0.0",
        "accept-encoding: gzip\r\n", "user-agent: Axonize/test\r\n", "x-prometheus-scrape-timeout-seconds: 2.5\r\n",
      ] { #expect(head.contains(field), "\(head)") }
      #expect(!head.contains("authorization"))
      _ = try await page(fetcher, server.address, "enable_compression: false")
      #expect(server.heads.last?.contains("accept-encoding: identity\r\n") == true)
      await eventually { fetcher.memory.bytes == 0 }
    }
  }

  @Test(arguments: [
    (
      "basic_auth: {username: Aladdin, password: 'open sesame'}",
      "authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"
    ),
    ("basic_auth: {username: a}", "authorization: Basic YTo=\r\n"),
    ("authorization: {credentials: abc}", "authorization: Bearer abc\r\n"),
    ("authorization: {type: Token, credentials_file: FILE}", "authorization: Token from file\r\n"),
  ])
  func `credentials are sent`(members: String, field: String) async throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "axonize-token-\(UUID().uuidString)").path()
    try File.writeAtomically(file, Array(" from file\n".utf8))
    defer { try? FileManager.default.removeItem(atPath: file) }
    try await with { fetcher, server in
      server.page("a 1\n")
      _ = try await page(fetcher, server.address, members.replacing("FILE", with: file))
      #expect(server.heads.last?.contains(field) == true)
    }
  }

  @Test func `credentials that cannot be read or sent are said, and not shown`() async throws {
    try await with { fetcher, server in
      server.page("a 1\n")
      let missing = try await failure(fetcher, server.address, "bearer_token_file: /no/such/file")
      #expect(missing.description.contains("/no/such/file, cannot be read"))
      let broken = try await failure(fetcher, server.address, #"bearer_token: "SECRET\r\nx: y""#)
      #expect(broken.description == "the credentials of the job hold control characters")
      #expect(server.heads.isEmpty)
    }
  }

  @Test(arguments: [
    ("text/plain", "", PageFormat.text), ("text/plain; version=0.0.4; charset=utf-8", "", .text),
    ("application/openmetrics-text; version=1.0.0", "", .openMetrics),
    ("text/html", "fallback_scrape_protocol: PrometheusText0.0.4", .text),
  ])
  func `the format is that of the content type`(type: String, members: String, format: PageFormat) async throws {
    try await with { fetcher, server in
      server.page("/metrics", "a 1\n", type: type)
      let job = try job(members)
      #expect(try await fetcher.fetch(target(server.address, job), of: job).format == format)
    }
  }

  @Test func `a page that is not one of metrics is refused`() async throws {
    try await with { fetcher, server in
      server.page("/metrics", "<html>", type: "text/html")
      let error = try await failure(fetcher, server.address)
      #expect(error.description.hasPrefix("the content-type 'text/html' of the page is not one of metrics"))
      server.respond("/metrics", "HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n")
      #expect(try await failure(fetcher, server.address).description == "the target responded with HTTP status 503")
    }
  }

  @Test func `a compressed page is decoded, within the limit`() async throws {
    let text = String(repeating: "a 1\n", count: 1000)
    var body: [UInt8] = []
    try StreamEncoder(.gzip).encode(Array(text.utf8)[...], .body, into: &body)
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-encoding: gzip\r\n"
    try await with { fetcher, server in
      server.respond("/metrics", Array("\(head)content-length: \(body.count)\r\n\r\n".utf8) + body)
      #expect(try await page(fetcher, server.address, "body_size_limit: 4000B") == text)
      let large = try await failure(fetcher, server.address, "body_size_limit: 3999B")
      #expect(large.isTooLarge)
      #expect(large.description == "the page is larger than the body_size_limit of 3999 bytes")
      server.respond("/metrics", "\(head)content-length: 3\r\n\r\nabc")
      #expect(try await failure(fetcher, server.address).description == "the body is not valid gzip data")
      server.respond("/metrics", "HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 0\r\n\r\n")
      #expect(try await failure(fetcher, server.address).description.contains("content-encoding 'br'"))
    }
  }

  @Test func `a page that is larger than its limit is given up, also one that never ends`() async throws {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n"
    try await with { fetcher, server in
      server.respond(
        "/metrics", "\(head)content-length: 100000000000\r\n\r\n\(String(repeating: "a 1\n", count: 1000))")
      #expect(try await failure(fetcher, server.address, "body_size_limit: 1KB").isTooLarge)
      server.respond("/metrics", "\(head)\r\n\(String(repeating: "a 1\n", count: 1000))")
      #expect(try await failure(fetcher, server.address, "body_size_limit: 1KB").isTooLarge)
      let error = try await failure(fetcher, server.address, "scrape_timeout: 300ms")
      #expect(error.description == "the page was not there within the scrape_timeout of 300ms")
      await eventually { fetcher.memory.bytes == 0 }
    }
  }

  @Test func `a target that says nothing runs into its timeout`() async throws {
    try await with { fetcher, server in
      let error = try await failure(fetcher, server.address, "scrape_timeout: 200ms")
      #expect(error.description == "the page was not there within the scrape_timeout of 200ms")
    }
  }

  @Test func `pages that are received at once are bounded together`() async throws {
    try await with(pageBytesMax: 100) { fetcher, server in
      server.page(String(repeating: "a 1\n", count: 30))
      let error = try await failure(fetcher, server.address)
      #expect(error.description.contains("more than 100 bytes together"))
      server.page("a 1\n")
      #expect(try await page(fetcher, server.address) == "a 1\n")
      await eventually { fetcher.memory.bytes == 0 }
    }
  }

  @Test func `redirects are followed, with the credentials only to the same server`() async throws {
    func redirect(_ location: String) -> String {
      "HTTP/1.1 302 Found\r\nlocation: \(location)\r\ncontent-length: 0\r\n\r\n"
    }
    try await with { fetcher, server in
      let other = try ScrapedServer()
      defer { other.stop() }
      server.respond("/metrics", redirect("/b?c"))
      server.respond("/b?c", redirect("http://\(other.address)/d"))
      other.page("/d", "a 1\n")
      #expect(try await page(fetcher, server.address, "bearer_token: abc") == "a 1\n")
      #expect(server.heads.map { $0.contains("authorization: Bearer abc") } == [true, true])
      #expect(other.heads.map { $0.contains("authorization") } == [false])
      let refused = try await failure(fetcher, server.address, "follow_redirects: false")
      #expect(refused.description == "the target responded with HTTP status 302")
      server.respond("/metrics", redirect("/metrics"))
      #expect(try await failure(fetcher, server.address).description == "the target redirects more than 10 times")
      server.respond("/metrics", redirect("ftp://x"))
      #expect(try await failure(fetcher, server.address).description.contains("'ftp://x', which cannot be followed"))
    }
  }

  @Test(
    arguments: [
      ("/x", "http://a:1/x"), ("x", "http://a:1/p/x"), ("?q", "http://a:1/p/m?q"), ("//b/c", "http://b/c"),
      ("https://b:2/c#f", "https://b:2/c"), ("", "http://a:1/p/m"), ("mailto://x", nil), ("http://u@b/", nil),
    ] as [(String, String?)])
  func `locations are resolved`(location: String, expected: String?) throws {
    let url = try #require(HTTPURL("http://a:1/p/m?old"))
    #expect(RedirectLocation.resolve(location, from: url) == expected.flatMap { HTTPURL($0) })
  }

  @Test(arguments: [
    ("http://a/", "http://a/x", true), ("http://a/", "http://b/", false), ("http://a/", "http://a:81/", false),
    ("https://a/", "http://a:443/", false), ("http://a:443/", "https://a/", true),
  ])
  func `credentials go to the same server only`(target: String, url: String, mayHave: Bool) throws {
    let target = try #require(HTTPURL(target))
    let url = try #require(HTTPURL(url))
    #expect(RedirectLocation.mayHaveCredentials(url, of: target) == mayHave)
  }

  // MARK: TLS

  /// Scrapes a peer of another implementation of TLS; its pages are no metrics, so a response is what shows trust.
  private func secure(
    _ fetcher: PageFetcher, _ peer: String, _ security: String, host: String = "localhost"
  ) async throws -> String {
    let peers = try Self.peers.get()
    let port = try peers.url(peer).origin.port
    let members =
      "scheme: https\n    fallback_scrape_protocol: PrometheusText0.0.4\n    tls_config: "
      + security.replacing("$CA", with: peers.authority).replacing("$CLIENT", with: peers.clientCertificate)
    do {
      return try await page(fetcher, "\(host):\(port)", members)
    } catch let error as PageFailure {
      return error.description
    }
  }

  @Test(arguments: [
    ("good", "{ca_file: $CA}", "1"), ("good", "{}", "unable to get local issuer certificate"),
    ("good", "{insecure_skip_verify: true}", "1"), ("self-signed", "{insecure_skip_verify: true}", "1"),
    ("self-signed", "{ca_file: $CA}", "self-signed certificate"),
    ("wrong-name", "{ca_file: $CA}", "hostname mismatch"),
    ("wrong-name", "{ca_file: $CA, server_name: elsewhere.example}", "1"),
    ("good", "{ca_file: $CA, server_name: elsewhere.example}", "hostname mismatch"),
    ("mutual", "{ca_file: $CA, cert_file: $CLIENT, key_file: $CLIENT}", "1"),
    ("mutual", "{ca_file: $CA}", "cert"),
    ("good", "{ca_file: /no/such/file}", "the tls_config of the job cannot be used"),
    ("good", "{ca_file: $CA, cert_file: $CA, key_file: $CA}", "the tls_config of the job cannot be used"),
  ])
  func `targets are trusted as the job says`(peer: String, security: String, expected: String) async throws {
    try await with { fetcher, _ in
      let text = try await secure(fetcher, peer, security)
      #expect(expected == "1" ? text == "1" : text.contains(expected), "\(text)")
    }
  }

  @Test func `files of TLS that change are read again`() async throws {
    let peers = try Self.peers.get()
    let file = FileManager.default.temporaryDirectory.appending(path: "axonize-ca-\(UUID().uuidString)").path()
    try File.writeAtomically(file, try File.read(peers.clientCertificate))
    defer { try? FileManager.default.removeItem(atPath: file) }
    try await with { fetcher, _ in
      #expect(try await secure(fetcher, "good", "{ca_file: \(file)}").contains("local issuer certificate"))
      try File.writeAtomically(file, try File.read(peers.authority))
      #expect(try await secure(fetcher, "good", "{ca_file: \(file)}") == "1")
    }
  }
}
