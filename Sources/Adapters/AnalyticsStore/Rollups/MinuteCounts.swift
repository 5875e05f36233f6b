import Ground
import StorePorts

/// How many spans start in each minute, by tenant, of the newest minutes.
struct MinuteCounts {
  /// Minutes that are kept of all tenants together: a month of one tenant's, 2 MiB.
  private static let countMax = 50_000

  private var tenants: [UInt32: [Int64: UInt64]] = [:]
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
      let minute = rows["minute"].int(row) ?? 0
      let before = tenants[tenant]?[minute]
      tenants[tenant, default: [:]][minute] = (before ?? 0) + (rows["spans"].unsigned(row) ?? 0)
      if before == nil { count += 1 }
    }
    if count > Self.countMax { forgetOldest() }
  }

  /// Forgets the older half, so that this is rare.
  private mutating func forgetOldest() {
    isComplete = false
    let minutes = tenants.values.flatMap(\.keys).sorted()
    let floor = minutes[minutes.count / 2]
    for tenant in tenants.keys { tenants[tenant] = tenants[tenant]?.filter { $0.key > floor } }
    tenants = tenants.filter { !$0.value.isEmpty }
    count = tenants.values.reduce(0) { $0 + $1.count }
  }

  func density(of tenant: TenantID) -> SpanDensity {
    let minutes = (tenants[tenant.rawValue] ?? [:]).map { SpanDensity.Minute(start: $0.key, spans: $0.value) }
    return SpanDensity(minutes: minutes.sorted { $0.start > $1.start }, isComplete: isComplete)
  }
}
