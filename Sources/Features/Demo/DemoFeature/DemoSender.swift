import Base
import BlockingHTTPClient
import Compression
import DemoData
import HTTPTypes
import Synchronization
import System

/// How far a demo is.
enum DemoProgress: Sendable {
  /// From 0 to 1.
  case filling(Double)
  case ready(after: Duration)
  /// Nothing is sent any more.
  case failed(DemoFailure)
}

/// Why the data of a demo cannot be sent.
struct DemoFailure: Error, CustomStringConvertible {
  let description: String
}

/// Sends the data of a demo to a server: the past as fast as the server takes it, then what happens now.
final class DemoSender: Sendable {
  private let client: BlockingHTTPClient
  private let fields: HTTPFields
  private let options: DemoOptions
  private let report: @Sendable (DemoProgress) -> Void
  private let isStopping = Monitor(false)
  private let thread = Mutex<Thread?>(nil)

  /// What is sent of the past at once: about a megabyte of spans.
  private static let portionSeconds: Int64 = 60
  /// How often what happens now is sent.
  private static let interval = Duration.seconds(2)
  /// How often machines report.
  private static let reportInterval = Duration.seconds(5)
  /// For which a server may refuse because it is busy, or be away.
  private static let patience = Duration.seconds(120)
  private static let retryRange = 1...10

  /// - Parameter report: called on the sender's thread.
  init(server: ServerURL, options: DemoOptions, report: @escaping @Sendable (DemoProgress) -> Void) {
    client = BlockingHTTPClient(server: server)
    self.options = options
    self.report = report
    var fields: HTTPFields = ["user-agent": "axonize-demo/\(Version.current)"]
    if let key = options.key { fields["authorization"] = "Bearer \(key)" }
    self.fields = fields
  }

  func start() throws(SystemError) {
    try thread.withLock { thread throws(SystemError) in thread = try Thread(name: "demo") { [self] in run() } }
  }

  func stop() {
    isStopping.withLock { $0 = true }
    isStopping.notifyAll()
    if let thread = thread.withLock({ $0.take() }) { thread.join() }
  }

  private var second: Int64 { WallClock.now.rawValue / 1_000_000_000 }

  private func run() {
    let start = second - options.history.components.seconds
    var world = DemoWorld(seed: options.seed, start: start, rate: options.rate)
    do throws(DemoFailure) {
      try fill(&world, from: start)
      var reportedAt = Instant.now
      repeat {
        // Where the machine slept or the server was slow, what was missed follows in portions.
        while world.second < second, !isStopping.withLock({ $0 }) { try sendNext(of: &world) }
        guard Instant.now - reportedAt >= Self.reportInterval else { continue }
        reportedAt = .now
        try sendReports(of: world)
      } while wait(Self.interval)
    } catch {
      if !isStopping.withLock({ $0 }) { report(.failed(error)) }
    }
  }

  private func fill(_ world: inout DemoWorld, from start: Int64) throws(DemoFailure) {
    let beganAt = Instant.now
    while world.second < second, !isStopping.withLock({ $0 }) {
      try sendNext(of: &world)
      report(.filling(Double(world.second - start) / Double(max(1, second - start))))
    }
    try sendReports(of: world)
    if !isStopping.withLock({ $0 }) { report(.ready(after: Instant.now - beganAt)) }
  }

  /// False at the end.
  private func wait(_ pause: Duration) -> Bool {
    let end = Instant.now + pause
    return isStopping.wait { isStopping, now, wakeAt in
      if isStopping { return false }
      wakeAt = end
      return now >= end ? true : nil
    }
  }

  // MARK: Requests

  private func sendNext(of world: inout DemoWorld) throws(DemoFailure) {
    let batch = world.advance(bySeconds: Int(min(Self.portionSeconds, second - world.second)))
    // Samples first: whoever sees a span should see what its GPU did.
    if !batch.samples.isEmpty {
      try post(
        "/api/v1/write", SnappyBlock.encode(batch.samples),
        [
          ("content-type", "application/x-protobuf"), ("content-encoding", "snappy"),
          ("x-prometheus-remote-write-version", "0.1.0"),
        ])
    }
    let protobuf = [(name: "content-type", value: "application/x-protobuf")]
    if !batch.spans.isEmpty { try post("/v1/traces", batch.spans, protobuf) }
    if !batch.logs.isEmpty { try post("/v1/logs", batch.logs, protobuf) }
  }

  private func sendReports(of world: DemoWorld) throws(DemoFailure) {
    for report in world.reports() {
      try post("/api/v1/nodes/report", report, [("content-type", "application/json")])
    }
  }

  /// Sends a request until the server has it; gives up after a while, or when the server refuses it for good.
  private func post(_ target: String, _ body: [UInt8], _ more: [(name: String, value: String)]) throws(DemoFailure) {
    var fields = fields
    for (name, value) in more { fields.append(name, value) }
    let request = BlockingHTTPRequest(.post, target, fields: fields, body: body)
    let end = Instant.now + Self.patience
    while !isStopping.withLock({ $0 }) {
      let (problem, pause) = try attempt(request)
      guard let problem else { return }
      if Instant.now > end { throw DemoFailure(description: problem) }
      guard wait(.seconds(pause)) else { return }
    }
  }

  /// Sends a request once; gives why the server does not have it, nil where it does, and when to try again, in seconds.
  private func attempt(_ request: BlockingHTTPRequest) throws(DemoFailure) -> (problem: String?, pause: Int) {
    let least = Self.retryRange.lowerBound
    let response: (status: Int, fields: HTTPFields, body: [UInt8])
    do throws(BlockingHTTPError) { response = try client.send(request) } catch {
      return ("\(request.target): \(error)", least)
    }
    if (200..<300).contains(response.status) { return (nil, 0) }
    let text = String(decoding: response.body.prefix(300), as: UTF8.self)
    let problem = "the server responds to \(request.target) with status \(response.status): \(text)"
    guard response.status == 429 || response.status >= 500 else { throw DemoFailure(description: problem) }
    let asked = response.fields["retry-after"].flatMap { Int($0) } ?? least
    return (problem, min(max(least, asked), Self.retryRange.upperBound))
  }
}
