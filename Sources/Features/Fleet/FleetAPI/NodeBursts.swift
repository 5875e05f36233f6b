import API
import Base
package import GPUCollection
import Identity
package import Metrics
import NodeReports
import Synchronization

/// Has machines read their GPUs ten times a second for a while: the server its own at once, others with their next report.
package final class NodeBursts: Sendable {
  /// The machine of the server, if its GPUs are read.
  package struct Own: Sendable {
    let name: String
    let collector: GPUCollector

    package init(name: String, collector: GPUCollector) {
      self.name = name
      self.collector = collector
    }
  }

  /// Between two reports of a machine.
  private static let reportInterval: Int64 = 5_000_000_000
  /// How long a machine may take to report before the burst is not what was asked for any more: six reports.
  private static let pendingMax: Int64 = 30_000_000_000

  private struct Key: Hashable {
    let tenant: TenantID
    let node: String
  }

  private struct Asked {
    var budget: BurstBudget
    var pending: (order: BurstOrder, until: UnixNanoseconds)?
  }

  private let registry: NodeRegistry
  private let own: Own?
  private let hourlyMax: Duration
  /// Of nodes of which a burst was asked for within an hour.
  private let asked = Mutex<[Key: Asked]>([:])
  private let requestedCount = Counter()
  private let refusedCount = Counter()

  /// - Parameter hourlyMax: of each machine.
  package init(registry: NodeRegistry, own: Own?, hourlyMax: Duration) {
    self.registry = registry
    self.own = own
    self.hourlyMax = hourlyMax
  }

  package func register(in metrics: MetricRegistry) {
    metrics.counter("axonize_fleet_bursts_requested_total", help: "Bursts of GPUs that machines were asked for.") {
      [requestedCount] in Double(requestedCount.value)
    }
    metrics.counter(
      "axonize_fleet_bursts_refused_total",
      help: "Bursts of GPUs that were asked for while one was waiting, or after too many in the hour."
    ) { [refusedCount] in Double(refusedCount.value) }
  }

  /// Asks a machine for a burst: on demand, and around alerts.
  ///
  /// - Parameter reason: who asks, for people.
  func request(
    _ name: String, of tenant: TenantID, seconds: Int64, reason: String, at now: UnixNanoseconds
  ) throws -> BurstRequest {
    guard let node = try registry.node(named: name, of: tenant) else {
      throw Problem(.notFound, "There is no node '\(name)'.")
    }
    let state = node.state(at: now)
    guard state == .up else {
      throw Problem(
        .conflict,
        "Node '\(name)' is \(state.rawValue): nothing was heard of it since \(RFC3339.format(node.lastSeenAt)).")
    }
    guard node.report.burst != nil else {
      throw Problem(
        .conflict, "Node '\(name)' cannot be asked for a burst: it reads no GPUs, or its version has no bursts.")
    }
    let request: BurstRequest
    if let own, tenant == .default, own.name == name {
      request = BurstRequest(node: name, seconds: seconds, until: try begin(own, seconds, reason), isRunning: true)
    } else {
      try keep(BurstOrder(seconds: seconds, reason: reason), Key(tenant: tenant, node: name), at: now)
      let until = UnixNanoseconds(now.rawValue + Self.reportInterval + seconds * 1_000_000_000)
      request = BurstRequest(node: name, seconds: seconds, until: until, isRunning: false)
    }
    requestedCount.add()
    return request
  }

  private func begin(_ own: Own, _ seconds: Int64, _ reason: String) throws(Problem) -> UnixNanoseconds {
    do throws(GPUBurstRefusal) {
      return try own.collector.burst(for: .seconds(seconds), reason: reason).until
    } catch {
      refusedCount.add()
      throw spent(own.name)
    }
  }

  private func keep(_ order: BurstOrder, _ key: Key, at now: UnixNanoseconds) throws(Problem) {
    let time = now.rawValue
    let problem = asked.withLock { [hourlyMax] asked -> Problem? in
      // What has no part in the hour any more says nothing.
      asked = asked.filter { _, one in
        one.pending.map { $0.until > now } ?? false || one.budget.left(at: time) < hourlyMax
      }
      var one = asked[key] ?? Asked(budget: BurstBudget(hourlyMax: hourlyMax))
      if let pending = one.pending, pending.until > now {
        return Problem(
          .conflict, "A burst of node '\(key.node)' waits for its next report already; ask again in some seconds.")
      }
      guard one.budget.grant(.seconds(order.seconds), at: time, isAutomatic: false) else { return spent(key.node) }
      one.pending = (order, UnixNanoseconds(now.rawValue + Self.pendingMax))
      asked[key] = one
      return nil
    }
    if let problem {
      refusedCount.add()
      throw problem
    }
  }

  private func spent(_ node: String) -> Problem {
    Problem(
      .limitReached,
      "Node '\(node)' had \(hourlyMax.components.seconds) s of bursts in the last hour, which is the maximum, or would have "
        + "them; ask for a shorter one, or later. The setting is fleet.burst_hourly_max.")
  }

  /// What a machine that reports is to do; each order once.
  func take(_ name: String, of tenant: TenantID, at now: UnixNanoseconds) -> BurstOrder? {
    let key = Key(tenant: tenant, node: name)
    return asked.withLock { asked in
      guard let pending = asked[key]?.pending else { return nil }
      asked[key]?.pending = nil
      return pending.until > now ? pending.order : nil
    }
  }
}
