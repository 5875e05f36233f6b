import Ground
import StorePorts

/// How many spans start in each minute, by tenant, of the newest minutes.
struct MinuteCounts {
  /// Minutes that are kept of all tenants together: a month of one tenant's, 2 MiB.
  private static let countMax = 50_000

  /// The newest first.
  private var tenants: [UInt32: [SpanDensity.Minute]] = [:]
  private var count = 0
  /// Whether every minute that is stored is here.
  private var isComplete = false

  static func select(from table: String) -> String {
    """
    SELECT tenant, toInt64(toUnixTimestamp(minute)) AS minute, sum(spans) AS spans FROM \(table)
    GROUP BY tenant, minute ORDER BY minute DESC LIMIT \(countMax + 1)
    """
  }

  /// Adds what is stored already to what was counted since.
  mutating func begin(with rows: QueryResult) {
    tenants = [:]
    count = 0
    isComplete = rows.rowCount <= Self.countMax
    add(rows)
  }

  mutating func add(_ rows: QueryResult) {
    for row in 0..<rows.rowCount {
      let tenant = UInt32(truncatingIfNeeded: rows["tenant"].unsigned(row) ?? 0)
      let minute = SpanDensity.Minute(start: rows["minute"].int(row) ?? 0, spans: rows["spans"].unsigned(row) ?? 0)
      tenants[tenant, default: []].add(minute, counting: &count)
    }
    if count > Self.countMax { forgetOldest() }
  }

  /// Forgets the older half, so that this is rare.
  private mutating func forgetOldest() {
    isComplete = false
    let minutes = tenants.values.flatMap { $0.map(\.start) }.sorted()
    let floor = minutes[minutes.count / 2]
    for tenant in tenants.keys { tenants[tenant] = tenants[tenant]?.filter { $0.start > floor } }
    tenants = tenants.filter { !$0.value.isEmpty }
    count = tenants.values.reduce(0) { $0 + $1.count }
  }

  /// O(1): every search asks for it.
  func density(of tenant: TenantID) -> SpanDensity {
    SpanDensity(minutes: tenants[tenant.rawValue] ?? [], isComplete: isComplete)
  }
}

extension [SpanDensity.Minute] {
  /// Adds the spans of a minute, which is counted if it is new, and keeps the newest first. O(log n) for a minute that is there or the oldest; else O(n).
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
