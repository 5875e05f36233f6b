import Base
import Engine
import Identity
import Testing

@testable import FleetAPI
@testable import NodeReports
@testable import RegistrySQLite

/// Goal: a GPU that two nodes of a tenant report is said once, and neither a machine that got another name nor another tenant is
/// taken for that.
@Suite struct GPUReportersTests {
  private static let other = TenantID(2)

  /// Who reports a GPU at which second, and which event there is.
  private struct Reports: Sendable {
    let name: String
    var nodes: [(node: String, second: Int64, tenant: TenantID)]
    let events: [String]
  }

  private static func by(_ names: String, every seconds: Int64 = 5) -> [(node: String, second: Int64, tenant: TenantID)]
  {
    names.enumerated().map { (String($1), Int64($0) * seconds, .default) }
  }

  private static let cases: [Reports] = [
    Reports(name: "one", nodes: by("aaaa"), events: []),
    Reports(name: "two, again and again", nodes: by("ababababab"), events: ["a", "b"]),
    Reports(name: "another name after a restart", nodes: by("aaabbb"), events: []),
    Reports(name: "back after more than a minute", nodes: by("aba", every: 40), events: []),
    Reports(
      name: "two tenants", nodes: by("abab").map { ($0.node, $0.second, $0.node == "a" ? .default : Self.other) },
      events: []),
  ]

  @Test(arguments: cases) private func `two nodes with one GPU are said once each`(_ reports: Reports) throws {
    let events = EventsInMemory()
    let start: Int64 = 1_796_040_000
    let documents = try SQLiteRegistry(path: ":memory:", now: UnixNanoseconds(start * 1_000_000_000))
    let other = try documents.createTenant(name: "other", at: UnixNanoseconds(start * 1_000_000_000)).id
    #expect(other == Self.other)
    let registry = NodeRegistry(documents: documents, events: events)
    var last: UnixNanoseconds?
    for (node, second, tenant) in reports.nodes {
      var gpu = GPUReport()
      (gpu.uuid, gpu.vendor, gpu.condition) = ("GPU-1", "nvidia", .up)
      var report = NodeReport()
      (report.name, report.gpus) = (node, [gpu])
      let time = UnixNanoseconds((start + second) * 1_000_000_000)
      try registry.add(report, of: tenant, at: time)
      last = time
    }
    var filter = FleetEventFilter()
    filter.kind = FleetEventKind.gpuShared.rawValue
    let found = try events.newest(filter, of: .default, limit: 10, during: .background)
    #expect(found.map(\.node).sorted() == reports.events)
    #expect(found.allSatisfy { $0.gpu == "GPU-1" })
    let node = try #require(try registry.node(named: "a", of: .default))
    let problem = NodeEntry(node, now: try #require(last)).problem
    #expect(problem?.contains("'b' reports the GPU GPU-1 too") ?? false == !reports.events.isEmpty)
  }
}
