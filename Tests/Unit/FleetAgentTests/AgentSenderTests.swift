import Base
import Compression
import Feature
import Foundation
import Metrics
import RemoteWrite
import Synchronization
import System
import TestSupport
import Testing

@testable import FleetAgent

/// Responds as it is told, then takes everything.
private final class Server: SampleTransport {
  private let state: Mutex<(outcomes: [SendOutcome], after: SendOutcome, requests: [AgentRequest])>

  init(_ outcomes: [SendOutcome] = [], then after: SendOutcome = .accepted()) {
    state = Mutex((outcomes, after, []))
  }

  func send(_ request: AgentRequest) -> SendOutcome {
    state.withLock { state in
      let outcome = state.outcomes.isEmpty ? state.after : state.outcomes.removeFirst()
      if case .accepted = outcome { state.requests.append(request) }
      return outcome
    }
  }

  /// What it is asked before a request is sent again that it called a mistake of the agent's.
  var isChanged: Bool {
    state.withLock { state in
      if case .accepted = state.after { true } else { false }
    }
  }

  func become(_ outcome: SendOutcome) { state.withLock { $0.after = outcome } }

  var requests: [AgentRequest] { state.withLock { $0.requests } }

  /// The values of the samples of each request that was taken.
  var taken: [[Double]] { get throws { try state.withLock { $0.requests }.map { try Requests.values($0.bytes) } } }
}

private enum Requests {
  /// A request with one sample.
  static func make(_ value: Double) -> [UInt8] {
    var encoder = RemoteWriteEncoder(.version1)
    encoder.append(labels: [("__name__", "x")], samples: [.init(value: value, time: 1_796_000_000_000)])
    return encoder.finish()
  }

  static func values(_ request: [UInt8]) throws -> [Double] {
    struct Values: RemoteWriteVisitor {
      var values: [Double] = []
      mutating func visit(_ series: borrowing RemoteWriteSeries) { values += series.samples.map(\.value) }
      mutating func visit(_ metadata: RemoteWriteMetadata) {}
    }
    let body = try BodyDecoder().decode(request, coding: .snappy, decodedBytesMax: 1 << 20)
    var visitor = Values()
    _ = try unsafe body.withUnsafeBytes { try unsafe RemoteWriteDecoder().decode($0, as: .version1, into: &visitor) }
    return visitor.values
  }
}

private let away = SendOutcome.unavailable(reason: "away")

struct AgentSenderTests {
  private let folder = NSTemporaryDirectory() + "/agent-spool-" + UUID().uuidString
  private let statistics = AgentStatistics()

  private static let pace = AgentSender.Pace(
    sendInterval: .milliseconds(1), replayInterval: .zero, retryInterval: .milliseconds(1),
    retryIntervalMax: .milliseconds(2), misconfiguredInterval: .milliseconds(1))

  private func sender(
    _ server: Server, _ format: SampleFormat = .remoteWrite, limits: AgentSpoolLimits = AgentSpoolLimits(),
    pace: AgentSender.Pace = Self.pace
  ) throws -> AgentSender {
    let sender = try AgentSender(
      server, format, spoolFolder: folder, limits: limits, pace: pace, statistics: statistics, logger: .disabled)
    try sender.start()
    return sender
  }

  private func remove() { try? FileManager.default.removeItem(atPath: folder) }

  @Test func `samples are gathered and sent as one request`() throws {
    defer { remove() }
    let server = Server()
    let sender = try sender(server, pace: .init(sendInterval: .seconds(3600)))
    for value in [1.0, 2, 3] { #expect(sender.store(Requests.make(value), sampleCount: 1, of: .default) == .stored()) }
    sender.stop()
    #expect(try server.taken == [[1, 2, 3]])
    #expect(statistics.sentSampleCount == 3)
  }

  @Test func `what the server could not take is sent in order when it is back, once`() throws {
    defer { remove() }
    let server = Server(then: away)
    let sender = try sender(server)
    for value in 1...20 {
      _ = sender.store(Requests.make(Double(value)), sampleCount: 1, of: .default)
      // Each in a request of its own.
      eventually { Int(statistics.spoolRequests.value) == value }
    }
    #expect(statistics.spoolBytes.value > 0)
    server.become(.accepted())
    try eventually { try server.taken.count == 20 }
    sender.stop()
    #expect(try server.taken == (1...20).map { [Double($0)] })
    #expect(statistics.sentSampleCount == 20)
    #expect(statistics.spoolRequests.value == 0)
    #expect(statistics.spoolBytes.value == 0)
  }

  @Test func `a request of the spool is sent as it was written, whatever the agent sends now`() throws {
    defer { remove() }
    for (number, format) in [SampleFormat.otlp, .remoteWrite].enumerated() {
      let sender = try sender(Server(then: away), format)
      _ = sender.store(Requests.make(Double(number)), sampleCount: 5, of: .default)
      eventually { Int(statistics.spoolRequests.value) == number + 1 }
      sender.stop()
    }
    let server = Server()
    let last = try sender(server, .remoteWrite)
    eventually { server.requests.count == 2 }
    last.stop()
    #expect(server.requests.map(\.format) == [.otlp, .remoteWrite])
    #expect(server.requests.map(\.sampleCount) == [5, 5])
    for (number, request) in server.requests.enumerated() {
      let body = try BodyDecoder().decode(
        request.bytes, coding: request.format == .otlp ? .gzip : .snappy, decodedBytesMax: 1 << 20)
      #expect(body == Requests.make(Double(number)))
    }
  }

  @Test func `points that the server rejects are counted`() throws {
    defer { remove() }
    let sender = try sender(Server(then: .accepted(rejectedCount: 2, reason: "too old")), .otlp)
    _ = sender.store(Requests.make(1), sampleCount: 5, of: .default)
    eventually { statistics.sentSampleCount == 3 }
    sender.stop()
    #expect(statistics.sentSampleCount == 3)
    #expect(statistics.droppedSamples(.refused) == 2)
  }

  @Test func `an agent goes on where the one before it was ended`() throws {
    defer { remove() }
    let first = try sender(Server(then: away))
    for value in 1...3 {
      _ = first.store(Requests.make(Double(value)), sampleCount: 1, of: .default)
      eventually { Int(statistics.spoolRequests.value) == value }
    }
    // What is gathered at the end goes to the disk too.
    _ = first.store(Requests.make(4), sampleCount: 1, of: .default)
    first.stop()
    let server = Server()
    let second = try sender(server)
    try eventually { try server.taken.count == 4 }
    second.stop()
    #expect(try server.taken == [[1], [2], [3], [4]])
    let third = try sender(server)
    third.stop()
    #expect(try server.taken.count == 4)
  }

  @Test func `two agents do not share a spool`() throws {
    defer { remove() }
    let first = try sender(Server())
    defer { first.stop() }
    let report = #expect(throws: ErrorReport.self) { try sender(Server()) }
    #expect(report?.code == "spool_in_use")
  }

  @Test(arguments: [
    (SendOutcome.refused(reason: "too large"), 0, 2), (.accepted(storedCount: 1, reason: "one is too old"), 1, 1),
  ])
  func `what the server refuses is dropped and counted`(outcome: SendOutcome, sent: UInt64, dropped: UInt64) throws {
    defer { remove() }
    let sender = try sender(Server([outcome]))
    _ = sender.store(Requests.make(1) + Requests.make(2), sampleCount: 2, of: .default)
    eventually { statistics.sentSampleCount + statistics.droppedSamples(.refused) == 2 }
    sender.stop()
    #expect(statistics.sentSampleCount == sent)
    #expect(statistics.droppedSamples(.refused) == dropped)
    #expect(statistics.spoolRequests.value == 0)
  }

  @Test func `what a wrong key holds up is sent when the key is right`() throws {
    defer { remove() }
    let server = Server(then: .misconfigured(reason: "no key"))
    let sender = try sender(server)
    _ = sender.store(Requests.make(1), sampleCount: 1, of: .default)
    eventually { statistics.spoolRequests.value == 1 }
    server.become(.accepted())
    try eventually { try server.taken == [[1]] }
    sender.stop()
    #expect(statistics.droppedSamples(.refused) == 0)
  }

  @Test func `a key that was changed is used at once`() throws {
    defer { remove() }
    let server = Server(then: .misconfigured(reason: "no key"))
    var pace = Self.pace
    pace.misconfiguredInterval = .seconds(3_600)
    let sender = try sender(server, pace: pace)
    _ = sender.store(Requests.make(1), sampleCount: 1, of: .default)
    eventually { statistics.spoolRequests.value == 1 }
    server.become(.accepted())
    _ = sender.store(Requests.make(2), sampleCount: 1, of: .default)
    try eventually { try server.taken == [[2], [1]] }
    sender.stop()
  }

  /// Of agents that draw other numbers, none tries as another one does.
  @Test(arguments: [
    (SendOutcome.unavailable(reason: "away"), 0.5...1.0),
    (.unavailable(reason: "busy", retryAfter: .milliseconds(2)), 1.0...1.5),
    (.misconfigured(reason: "no key"), 0.5...1.0),
  ])
  func `when it is tried again is left to chance`(outcome: SendOutcome, range: ClosedRange<Double>) throws {
    defer { remove() }
    let asked = Mutex<[ClosedRange<Double>]>([])
    var pace = Self.pace
    pace.chance = { range in
      asked.withLock { $0.append(range) }
      return range.upperBound
    }
    let server = Server([outcome])
    let sender = try sender(server, pace: pace)
    _ = sender.store(Requests.make(1), sampleCount: 1, of: .default)
    try eventually { try server.taken == [[1]] }
    sender.stop()
    #expect(asked.withLock { $0.first } == 0.5...1)
    #expect(asked.withLock { $0 }.contains(range))
  }

  @Test func `of a spool that is full the oldest samples are dropped and counted`() throws {
    defer { remove() }
    let limits = AgentSpoolLimits(bytesMax: 1 << 20)
    let spool = try AgentSpool(folder, limits, statistics: statistics, logger: .disabled)
    // Nothing of these can be compressed, and the spool does not look into them.
    let request = (0..<(50 << 10)).map { _ in UInt8.random(in: 0...255) }
    for number in 0..<64 {
      // Files are removed by another thread, for which samples of seconds leave the time.
      eventually { spool.add(AgentRequest(format: .otlp, bytes: request, sampleCount: number + 1)) }
    }
    let oldest = try #require(spool.first())
    #expect(oldest.sampleCount > 32)
    let isWhole = oldest.bytes == request
    #expect(isWhole)
    #expect(statistics.droppedSamples(.spoolFull) == UInt64((1..<oldest.sampleCount).reduce(0, +)))
    #expect(statistics.spoolBytes.value <= 1_048_576)
    spool.close()
    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
    let byteCount = try files.reduce(0) { sum, name in
      sum + (try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[.size] as? NSNumber ?? 0).intValue
    }
    #expect(byteCount <= 1 << 20)
  }

  @Test func `what has waited for too long is dropped and counted`() throws {
    defer { remove() }
    let spool = try AgentSpool(
      folder, AgentSpoolLimits(ageMax: .nanoseconds(1)), statistics: statistics, logger: .disabled)
    defer { spool.close() }
    #expect(spool.add(AgentRequest(format: .remoteWrite, bytes: [1, 2, 3], sampleCount: 5)))
    #expect(spool.first() == nil)
    #expect(statistics.droppedSamples(.age) == 5)
  }

  @Test func `samples are lost and counted where the disk does not take them, and new ones are sent`() throws {
    defer { remove() }
    let server = Server([away])
    let sender = try sender(server)
    // A segment cannot be made in a folder that is gone.
    remove()
    _ = sender.store(Requests.make(1), sampleCount: 1, of: .default)
    eventually { statistics.droppedSamples(.spoolFailed) == 1 }
    try eventually {
      _ = sender.store(Requests.make(2), sampleCount: 1, of: .default)
      return try !server.taken.isEmpty
    }
    sender.stop()
    #expect(try server.taken.joined().allSatisfy { $0 == 2 })
  }
}
