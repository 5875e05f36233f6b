import Base
import Identity
import NodeReports
import Synchronization
import Testing

@testable import FleetAPI
@testable import RegistrySQLite

/// Goal: a node whose document cannot be read hides no other, and is not left out in silence.
@Suite struct UnreadableNodeTests {
  private final class Log: LogSink {
    let level = LogLevel.debug
    private let written = Mutex<[String]>([])
    var lines: [String] { written.withLock { $0 } }

    func write(_ level: LogLevel, component: String, message: String, fields: [LogField]) {
      written.withLock { $0.append("\(level) \(fields.first?.value ?? "")") }
    }
  }

  @Test(arguments: [#"{"later": []}"#, "no JSON"])
  func `it is said once, and the node is back with its next report`(body: String) throws {
    let now = UnixNanoseconds(1_796_040_000_000_000_000)
    let documents = try SQLiteRegistry(path: ":memory:", now: now)
    var report = NodeReport()
    for name in ["a", "b"] {
      report.name = name
      try NodeRegistry(documents: documents, events: EventsInMemory()).add(report, of: .default, at: now)
    }
    let id = NodeID.document(of: "b")
    _ = try documents.put(
      DocumentReference(tenant: .default, kind: "fleet_node", id: id), name: nil, body: Array(body.utf8),
      expecting: .any, at: now, by: nil)
    let log = Log()
    let registry = NodeRegistry(
      documents: documents, events: EventsInMemory(), logger: Logger(component: "test", sink: log))
    for _ in 0..<3 {
      #expect(try registry.nodes(of: .default, after: nil, limit: 10).nodes.map(\.report.name) == ["a"])
    }
    #expect(log.lines == ["warning \(id)"])
    try registry.add(report, of: .default, at: now)
    #expect(try registry.nodes(of: .default, after: nil, limit: 10).nodes.map(\.report.name) == ["a", "b"])
  }
}
