import AnalyticsStore
import Ground
import HTTPTypes
import Identity
import JSON
import OTLPReceiver
import RegistryStore
import StorePorts
import Synchronization

/// Answers whether the process lives and whether it can work.
final class Health: Sendable {
  private enum Phase: Int, AtomicRepresentable { case starting, serving, stopping }

  private let store: EmbeddedStore
  private let registry: SQLiteRegistry
  private let gate: any IngestGate
  private let ingest: TelemetryIngest
  private let workers: any BlockingWorkers
  private let phase = Atomic<Phase>(.starting)

  init(
    store: EmbeddedStore, registry: SQLiteRegistry, gate: any IngestGate, ingest: TelemetryIngest,
    workers: any BlockingWorkers
  ) {
    self.store = store
    self.registry = registry
    self.gate = gate
    self.ingest = ingest
    self.workers = workers
  }

  func began() { phase.store(.serving, ordering: .relaxed) }
  func stopping() { phase.store(.stopping, ordering: .relaxed) }

  /// `/healthz`: the process answers.
  static let alive = HTTPResponse(contentType: "application/json", body: Array(#"{"status":"ok"}"#.utf8))

  /// `/readyz`: 200 when requests can be served, 503 with what is wrong otherwise.
  ///
  /// It asks the analytics engine for a row, writes to the registry without changing it, and looks whether rows may be
  /// stored and the last ones were; a failed check says why.
  func readiness() async -> HTTPResponse {
    var checks: [(name: String, problem: String?)] = []
    switch phase.load(ordering: .relaxed) {
    case .serving: break
    case .starting: checks.append(("server", "the server is starting"))
    case .stopping: checks.append(("server", "the server is stopping"))
    }
    checks.append(("store", await problem { [store] in _ = try store.query(SQLStatement("SELECT 1")) }))
    checks.append(("registry", await problem { [registry] in try registry.check() }))
    checks.append(("ingest", gate.refusal ?? ingest.problem))
    let isReady = checks.allSatisfy { $0.problem == nil }
    var writer = JSONWriter()
    writer.object { answer in
      answer.member("status", isReady ? "ready" : "unready")
      answer.key("checks")
      answer.object { list in
        for check in checks { list.member(check.name, check.problem ?? "ok") }
      }
    }
    return HTTPResponse(status: isReady ? 200 : 503, contentType: "application/json", body: writer.bytes)
  }

  /// Checks are nobody's questions: they have a turn of their own at the workers.
  private static let owner = WorkOwner(tenant: TenantID(0), client: "health")

  private func problem(_ check: @escaping @Sendable () throws -> Void) async -> String? {
    do {
      try await workers.run(for: Self.owner) { _ in try check() }
      return nil
    } catch {
      return "\(error)"
    }
  }
}
