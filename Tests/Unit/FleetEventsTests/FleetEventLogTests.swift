import Base
import Commit
import EmbeddedEngine
import Engine
import EngineTestSupport
import FleetAPI
import FleetTables
import Foundation
import Ingest
import Journal
import NodeReports
import Schema
import System
import TestSupport
import Testing

@testable import FleetEvents

/// Goal: events come back as they were told, once, the newest first, each tenant's apart, also after a kill.
///
/// Method: a journal on the disk and the engine itself.
@Suite struct FleetEventLogTests {
  private struct OpenGate: IngestGate {
    let refusal: String? = nil
  }

  private let folder = NSTemporaryDirectory() + "/fleet-events-" + UUID().uuidString
  private let store: EmbeddedStore
  private static let other = TenantID(7)
  /// Now, since older ones are removed.
  private static let now = WallClock.now

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    store = try EngineFixture.store(
      name: EngineFixture.newName(), schema: StoreSchema(tables: FleetTables.all, steps: FleetTables.steps))
  }

  private func journal() throws -> Journal {
    var options = JournalOptions(folder: "\(folder)/journal")
    options.sync = .never
    return try Journal(options, identityPath: "\(folder)/id", logger: .disabled)
  }

  /// Has a log that is started as in a server.
  private func withLog(_ body: (FleetEventLog) throws -> Void) throws {
    let journal = try journal()
    defer { journal.stop() }
    let pipeline = IngestPipeline(store: store, journal: journal, gate: OpenGate(), laneCount: 1)
    let log = try FleetEventLog(
      pipeline, engine: store, CommitLimits(),
      queryLimits: QueryLimits(timeout: .seconds(30), memoryBytesMax: 1 << 30), logger: .disabled)
    log.start()
    defer { log.stop() }
    try pipeline.replay()
    try body(log)
  }

  private static func event(_ number: Int64, kind: String = "xid", node: String = "a", gpu: String? = "GPU-1")
    -> FleetEvent
  {
    var event = FleetEvent()
    event.time = UnixNanoseconds(now.rawValue + number)
    (event.node, event.kind, event.source, event.gpu) = (node, kind, "driver", gpu)
    (event.pciBusID, event.xid, event.xidClass) = ("0000:01:00.0", number, "hardware")
    event.message = "é \(number)"
    return event
  }

  private static func find(
    _ log: FleetEventLog, of tenant: TenantID = .default, limit: Int = 100,
    _ change: (inout FleetEventFilter) -> Void = { _ in }
  ) throws -> [FleetEvent] {
    var filter = FleetEventFilter()
    change(&filter)
    return try log.newest(filter, of: tenant, limit: limit, during: .background)
  }

  @Test func `events come back once, the newest first, whoever tells them how often`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let events = (1...5).map { Self.event($0) }
    try withLog { log in
      try log.add(Array(events[0..<3]), of: .default)
      try log.add(Array(events[1...]), of: .default)
      try log.add([Self.event(9)], of: Self.other)
      #expect(try Self.find(log) == events.reversed())
      #expect(try Self.find(log, of: Self.other).map(\.xid) == [9])
    }
    // Another process is told all of them again.
    try withLog { log in
      try log.add(events, of: .default)
      #expect(try Self.find(log) == events.reversed())
    }
  }

  @Test func `pages go through events of one time`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let events = ["a", "b", "c", "d", "e"].map { Self.event(1, node: $0) }
    try withLog { log in
      try log.add(events, of: .default)
      var seen: [FleetEvent] = []
      while seen.count < 9 {
        let page = try Self.find(log, limit: 2) { $0.before = seen.last.map { ($0.time, $0.id) } }
        if page.isEmpty { break }
        seen += page
      }
      #expect(seen.map(\.node).sorted() == ["a", "b", "c", "d", "e"])
    }
  }

  @Test func `filters find what they name`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var ofTheServer = FleetEvent(.nodeSilent, of: "a", at: UnixNanoseconds(Self.now.rawValue + 4), "gone")
    ofTheServer.message = nil
    var withoutUUID = Self.event(5, gpu: nil)
    withoutUUID.message = nil
    let events = [
      Self.event(1), Self.event(2, gpu: "GPU-2"), Self.event(3, kind: "driver_reload", node: "b"), ofTheServer,
      withoutUUID,
    ]
    try withLog { log in
      try log.add(events, of: .default)
      func places(_ change: (inout FleetEventFilter) -> Void) throws -> [Int64] {
        try Self.find(log, change).map { $0.time.rawValue - Self.now.rawValue }
      }
      #expect(try places { $0.node = "a" } == [5, 4, 2, 1])
      #expect(try places { $0.kind = "driver_reload" } == [3])
      #expect(try places { $0.gpu = "GPU-2" } == [2])
      #expect(try places { ($0.node, $0.gpu, $0.busID) = ("a", "GPU-1", "0000:01:00.0") } == [5, 1])
      #expect(try places { $0.from = UnixNanoseconds(Self.now.rawValue + 3) } == [5, 4, 3])
      #expect(try places { $0.until = UnixNanoseconds(Self.now.rawValue + 2) } == [1])
      #expect(try Self.find(log) { $0.kind = "node_silent" } == [ofTheServer])
    }
  }

  @Test func `what an earlier process acknowledged is stored`() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let body = Array(
      """
      [{"time":"\(RFC3339.format(Self.now))","kind":"xid","node":"a","source":"driver","xid":79,"later":1}]
      """.utf8)
    for (number, body) in [body, Array("[".utf8)].enumerated() {
      let journal = try journal()
      let record = JournalRecord(
        signal: EventStream.journalKind, encoding: 1, isSpooled: false, isRecognisable: true, tenant: 1,
        receivedAt: Self.now.rawValue, storedAfter: 0, earliest: 0, latest: UInt64(Int64.max),
        batchID: UInt64(number + 1))
      let entry = unsafe body.withUnsafeBytes { unsafe journal.append(record, body: $0) { #expect($0) } }
      journal.stop()
      withExtendedLifetime(entry) {}
    }
    try withLog { log in
      try eventually { try Self.find(log, of: TenantID(1)).map(\.xid) == [79] }
    }
  }
}
