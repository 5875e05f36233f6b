import Base
import Columns
import Engine
import Schema

/// How many spans start in each minute, by tenant, of the newest minutes.
struct MinuteCounts {
  /// Minutes that are kept of a tenant: more than a month.
  static let tenantCountMax = 50_000
  /// Minutes that are kept of all tenants together, 3 MiB; beyond it the tenant with the most loses its older half.
  static let countMax = 200_000
  /// Spans that start later do not count: they come of clocks that go wrong, and searches end at the present.
  private static let aheadSecondsMax: Int64 = 3_600

  private struct Tenant {
    /// The newest first.
    var minutes: [SpanDensity.Minute] = []
    /// Whether every older minute that is stored is here.
    var isComplete: Bool
  }

  private var tenants: [UInt32: Tenant] = [:]
  private var count = 0
  /// Whether what was stored before the process began is counted.
  private var hasBegun = false

  /// - Parameter table: the table of the columns, or its staging table.
  static func select(_ columns: RollUpSource.MinuteColumns, from table: String) -> String {
    """
    SELECT tenant, toInt64(toUnixTimestamp(\(columns.time))) AS minute, sum(\(columns.count)) AS spans FROM \(table)
    WHERE \(columns.time) <= now() + \(aheadSecondsMax)
    GROUP BY tenant, minute ORDER BY minute DESC LIMIT \(tenantCountMax) BY tenant LIMIT \(countMax + 1)
    """
  }

  /// Adds what is stored already to what was counted since.
  mutating func begin(with rows: QueryResult) {
    tenants = [:]
    count = 0
    hasBegun = rows.rowCount <= Self.countMax
    add(rows)
    for (tenant, counts) in tenants where counts.minutes.count >= Self.tenantCountMax {
      tenants[tenant]?.isComplete = false
    }
  }

  mutating func add(_ rows: QueryResult) {
    for row in 0..<rows.rowCount {
      let tenant = UInt32(truncatingIfNeeded: rows["tenant"].unsigned(row) ?? 0)
      let minute = SpanDensity.Minute(start: rows["minute"].int(row) ?? 0, spans: rows["spans"].unsigned(row) ?? 0)
      tenants[tenant, default: Tenant(isComplete: hasBegun)].minutes.add(minute, counting: &count)
    }
    for (tenant, counts) in tenants where counts.minutes.count > Self.tenantCountMax { forgetOlderHalf(of: tenant) }
    while count > Self.countMax, let most = tenants.max(by: { $0.value.minutes.count < $1.value.minutes.count }) {
      forgetOlderHalf(of: most.key)
    }
  }

  /// Half of them, so that this is rare.
  private mutating func forgetOlderHalf(of tenant: UInt32) {
    guard var counts = tenants[tenant] else { return }
    let kept = counts.minutes.count / 2
    count -= counts.minutes.count - kept
    counts.minutes.removeLast(counts.minutes.count - kept)
    counts.isComplete = false
    tenants[tenant] = counts
  }

  /// O(1): every search asks for it.
  func density(of tenant: TenantID) -> SpanDensity {
    let counts = tenants[tenant.rawValue] ?? Tenant(isComplete: hasBegun)
    return SpanDensity(minutes: counts.minutes, isComplete: counts.isComplete)
  }
}

extension [SpanDensity.Minute] {
  /// Adds the spans of a minute, which is counted if it is new, and keeps the newest first.
  ///
  /// O(log n) for a minute that is there or the oldest; else O(n).
  fileprivate mutating func add(_ minute: SpanDensity.Minute, counting minutes: inout Int) {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle].start > minute.start { low = middle + 1 } else { high = middle }
    }
    if low < count, self[low].start == minute.start {
      self[low].spans += minute.spans
    } else {
      insert(minute, at: low)
      minutes += 1
    }
  }
}
