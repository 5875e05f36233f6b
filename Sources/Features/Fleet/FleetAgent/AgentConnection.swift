import Base
import EventLoop
import Feature
package import HTTPClient
import HTTPTypes
import JSON
import Metrics
import RemoteWrite
import Synchronization
import System
import TLS

/// Sends requests to a server over connections that are kept.
package final class AgentConnection: SampleTransport {
  /// Where things of an agent go.
  package struct Addresses: Sendable {
    package let samples: HTTPURL
    package let otlp: HTTPURL
    package let reports: HTTPURL

    /// - Parameter server: its URL without a slash at the end; nil for a text that is not one.
    package init?(server: String) {
      guard let samples = HTTPURL("\(server)/api/v1/write"), let otlp = HTTPURL("\(server)/v1/metrics"),
        let reports = HTTPURL("\(server)/api/v1/nodes/report")
      else { return nil }
      self.otlp = otlp
      self.samples = samples
      self.reports = reports
    }
  }

  private let addresses: Addresses
  private let key: KeySource
  private let userAgent: String
  private let statistics: AgentStatistics
  private let loops: EventLoopGroup
  private let names: WorkerPool
  private let client: HTTPClient
  /// The key of the newest request with samples.
  private let newestKey = Mutex<String?>(nil)

  /// From the request being sent to its response; a server that stores it does so in milliseconds.
  private static let responseTimeout = Duration.seconds(15)
  /// Of a response's body, which is a sentence at most.
  private static let responseBytesMax = 16 << 10

  /// - Parameters:
  ///   - authoritiesFile: PEM, whom to trust; nil for those of the system.
  package init(
    _ addresses: Addresses, key: KeySource, authoritiesFile: String?, userAgent: String, statistics: AgentStatistics
  ) throws {
    self.addresses = addresses
    self.key = key
    self.userAgent = userAgent
    self.statistics = statistics
    loops = try EventLoopGroup(count: 1)
    names = try WorkerPool(name: "names", threadCount: 1, queueCountMax: 4)
    var limits = HTTPClientLimits()
    // One for samples, one for reports.
    limits.connectionCountMax = 2
    // Longer than the interval at which samples are sent, so that the connection of the last request is used.
    limits.keepAliveTimeout = .seconds(90)
    client = HTTPClient(
      loops: loops, workers: names,
      // The authorities of the system take megabytes.
      security: addresses.samples.origin.isSecure ? try TLSContext(trustedAuthoritiesFile: authoritiesFile) : nil,
      limits: limits)
  }

  package var isChanged: Bool {
    guard let key = try? key.read() else { return false }
    return key != newestKey.withLock { $0 }
  }

  package func send(_ request: AgentRequest) -> SendOutcome {
    switch request.format {
    case .remoteWrite:
      post(
        addresses.samples,
        [
          "content-type": RemoteWriteMessage.version1.contentType, "content-encoding": "snappy",
          "x-prometheus-remote-write-version": "0.1.0",
        ], request.bytes
      ).outcome
    case .otlp:
      post(
        addresses.otlp, ["content-type": "application/x-protobuf", "content-encoding": "gzip"], request.bytes
      ).outcome
    }
  }

  /// Sends a report of the machine, in the JSON of the API.
  ///
  /// - Returns: Also the body of a response that takes it; empty where the server asks for nothing.
  package func report(_ report: [UInt8]) -> (outcome: SendOutcome, body: [UInt8]) {
    let response = post(addresses.reports, ["content-type": "application/json"], report)
    if case .accepted = response.outcome { statistics.sentReports.add() } else { statistics.failedReports.add() }
    return response
  }

  private func post(
    _ url: HTTPURL, _ fields: HTTPFields, _ body: [UInt8]
  ) -> (outcome: SendOutcome, body: [UInt8]) {
    let credentials: String?
    do throws(KeyProblem) {
      credentials = try key.read()
    } catch {
      return (.misconfigured(reason: "\(error)"), [])
    }
    if url != addresses.reports { newestKey.withLock { $0 = credentials } }
    let outcome = Monitor<(outcome: SendOutcome, body: [UInt8])?>(nil)
    Task.detached { [self] in
      let result = await attempt(url, fields, body, credentials)
      outcome.withLock { $0 = result }
      outcome.notifyAll()
    }
    return outcome.wait { outcome, _, _ in outcome }
  }

  /// Closes the connections.
  package func shutDown() {
    client.shutDown()
    loops.stop()
    names.stop()
  }

  private func attempt(
    _ url: HTTPURL, _ fields: HTTPFields, _ body: [UInt8], _ credentials: String?
  ) async -> (outcome: SendOutcome, body: [UInt8]) {
    var fields = fields
    fields.append("user-agent", userAgent)
    if let credentials { fields.append("authorization", "Bearer \(credentials)") }
    // Samples that come twice are recognised by their bytes, and of reports the newest counts.
    let request = HTTPClientRequest(
      method: .post, url: url, fields: fields, body: .bytes(body), isReplayable: true,
      responseTimeout: Self.responseTimeout, idleTimeout: Self.responseTimeout)
    do {
      let beganAt = Instant.now
      let response = try await client.send(request)
      let time = WallClock.now
      if let offset = ServerClock.offset(response.fields["date"], receivedAt: time, after: Instant.now - beganAt) {
        statistics.clockOffset = offset
      }
      let body = try await response.collect(max: Self.responseBytesMax)
      if url == addresses.otlp {
        let outcome = SendOutcome(
          exportStatus: response.status, fields: response.fields, body: body, hasKey: credentials != nil)
        return (outcome, [])
      }
      let outcome = SendOutcome(
        status: response.status, fields: response.fields, text: SendOutcome.text(body), hasKey: credentials != nil,
        isReport: url == addresses.reports)
      return (outcome, response.status == 200 ? body : [])
    } catch {
      return (.unavailable(reason: "\(error)"), [])
    }
  }
}

extension SendOutcome {
  /// What a response means (remote write 1.0, "Retries & Backoff").
  ///
  /// - Parameter isReport: whether it is the response to a report of the machine.
  init(status: Int, fields: HTTPFields, text: String, hasKey: Bool, isReport: Bool = false) {
    let storedCount = fields["x-prometheus-remote-write-samples-written"].flatMap { Int($0) }
    // Advice follows some of them, so that no sentence ends here.
    let sentence = text.hasSuffix(".") ? String(text.dropLast()) : text
    let said = "the server responds with status \(status)" + (sentence.isEmpty ? "" : ": \(sentence)")
    if isReport, status == 409 {
      // The server has it, and another program uses the same name.
      self = .accepted(reason: text.isEmpty ? said : text)
      return
    }
    switch status {
    case 200..<300 where Self.isPageOfAnother(fields): self = .misconfigured(reason: Self.pageReason(status))
    case 200..<300: self = .accepted(storedCount: storedCount)
    // The valid samples of a request are stored.
    case 400 where storedCount != nil: self = .accepted(storedCount: storedCount, reason: said)
    case 400, 413, 422: self = .refused(reason: said)
    case 401, 403:
      let advice =
        hasKey
        ? "give the agent a key with the permission 'ingest', by --key-file or AXONIZE_API_KEY"
        : "it needs a key: give one by --key-file or AXONIZE_API_KEY"
      self = .misconfigured(reason: "\(said); \(advice)")
    case 408, 429, 500...:
      let delay = fields["retry-after"].flatMap { Int($0) }
      self = .unavailable(reason: said, retryAfter: delay.map { .seconds(min(max(0, $0), Self.retryAfterMax)) })
    default:
      let place = fields["location"].map { ", which leads to \(Self.visible($0))" } ?? ""
      self = .misconfigured(reason: "\(said)\(place); check --server and what stands before the server")
    }
  }

  /// Whether a page for people came in place of a response, as from a portal that wants a login.
  static func isPageOfAnother(_ fields: HTTPFields) -> Bool {
    fields["content-type"].map { $0.lowercased().hasPrefix("text/html") } ?? false
  }

  static func pageReason(_ status: Int) -> String {
    "something else than Axonize responds, with status \(status) and a page; check --server and what stands before the "
      + "server"
  }

  /// What a body says: the detail of a problem (RFC 9457), or the first line of anything else.
  static func text(_ body: [UInt8]) -> String {
    if body.first == UInt8(ascii: "{"), let problem = try? JSONValue(parsing: body),
      let detail = problem["detail"]?.string
    {
      return visible(detail)
    }
    return visible(String(decoding: body.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
  }

  /// A beginning of a text of somebody else, without what would command a terminal.
  static func visible(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.prefix(300).filter { $0.value >= 0x20 && $0.value != 0x7f }))
  }

  /// Seconds; what a server asks for beyond it would be a mistake.
  private static let retryAfterMax = 300
}
