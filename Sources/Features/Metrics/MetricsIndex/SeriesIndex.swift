package import Base
package import Series
import Synchronization

/// The series of all tenants in memory, by their labels: what selectors, completion and limits ask.
///
/// It holds the series whose samples are kept; the table `series` has the same, from which it is filled at the start. Series are
/// noted when the table has them, so a series that is here is stored.
package final class SeriesIndex: Sendable {
  /// Series of a tenant that stay in memory: 2,000,000, some 600 MB.
  ///
  /// Older ones are found no more, though their samples are there.
  package static let countMax = 2_000_000

  private let tenants = Mutex<[UInt32: Tenant]>([:])

  /// Locked one by one, so that a long search of one tenant does not hold up others.
  private final class Tenant: Sendable {
    let series = Mutex(TenantSeries())
  }

  package init() {}

  private func tenant(_ id: TenantID) -> Tenant? { tenants.withLock { $0[id.rawValue] } }

  /// Notes a series that is stored for a day.
  package func insert(
    _ id: UInt64, of tenant: TenantID, metric: UInt32, day: UInt32, labels: () -> LabelSet
  ) {
    let tenant = tenants.withLock { tenants in
      if let known = tenants[tenant.rawValue] { return known }
      let new = Tenant()
      tenants[tenant.rawValue] = new
      return new
    }
    tenant.series.withLock { $0.insert(id, metric: metric, labels: labels, day: day) }
  }

  /// Whether a series is stored for a day.
  package func isKnown(_ id: UInt64, of tenant: TenantID, day: UInt32) -> Bool {
    self.tenant(tenant)?.series.withLock { $0.isKnown(id, day: day) } ?? false
  }

  /// Series with a sample on a day.
  package func activeCount(of tenant: TenantID, day: UInt32) -> Int {
    self.tenant(tenant)?.series.withLock { $0.count(day: day) } ?? 0
  }

  package var seriesCount: Int {
    tenants.withLock { Array($0.values) }.reduce(0) { $0 + $1.series.withLock(\.count) }
  }

  /// The series for which all matchers hold and that may have samples on some of the days.
  ///
  /// O(series with the rarest value that a matcher names); a search without such a value looks at every series.
  package func series(
    of tenant: TenantID, matching matchers: [LabelMatcher], days: ClosedRange<UInt32>, countMax: Int
  ) throws(SeriesError) -> [IndexedSeries] {
    guard let tenant = self.tenant(tenant) else { return [] }
    return try tenant.series.withLock { series throws(SeriesError) in
      let places = series.places(matching: matchers, days: days)
      guard places.count <= countMax else {
        let selector = "{\(matchers.map(\.description).joined(separator: ", "))}"
        throw .limitExceeded(
          "the selector \(selector) finds \(places.count) series, and a query may read \(countMax); add matchers to it")
      }
      return places.map { series.series(at: $0) }
    }
  }

  /// The series of ids that were found before, in their order, without those that are no longer kept.
  package func series(of tenant: TenantID, ids: ArraySlice<UInt64>) -> [IndexedSeries] {
    self.tenant(tenant)?.series.withLock { series in ids.compactMap { series.series(id: $0) } } ?? []
  }

  /// How many series of a metric may have samples on some of the days.
  package func seriesCount(of tenant: TenantID, metric name: String, days: ClosedRange<UInt32>) -> Int {
    self.tenant(tenant)?.series.withLock { $0.count(ofMetric: name, days: days) } ?? 0
  }

  /// The names of a tenant's labels, of the series that the matchers select where there are any.
  package func labelNames(
    of tenant: TenantID, matching sets: [[LabelMatcher]], days: ClosedRange<UInt32>
  ) -> [String] {
    guard let tenant = self.tenant(tenant) else { return [] }
    return tenant.series.withLock { series in
      if sets.isEmpty { return series.labelNames }
      var names: Set<String> = []
      for place in Set(sets.flatMap({ series.places(matching: $0, days: days) })) {
        for label in series.labels(at: place).labels { names.insert(label.name) }
      }
      return names.sorted { $0.precedes($1) }
    }
  }

  /// The values of one of a tenant's labels, of the series that the matchers select where there are any.
  package func labelValues(
    _ name: String, of tenant: TenantID, matching sets: [[LabelMatcher]], days: ClosedRange<UInt32>
  ) -> [String] {
    guard let tenant = self.tenant(tenant) else { return [] }
    return tenant.series.withLock { series in
      if sets.isEmpty { return series.values(of: name) }
      var values: Set<String> = []
      for place in Set(sets.flatMap({ series.places(matching: $0, days: days) })) {
        let value = series.labels(at: place)[name]
        if !value.isEmpty { values.insert(value) }
      }
      return values.sorted { $0.precedes($1) }
    }
  }

  /// The labels of a tenant with the most values.
  package func cardinalities(of tenant: TenantID, limit: Int) -> [(name: String, valueCount: Int)] {
    self.tenant(tenant)?.series.withLock { $0.cardinalities(limit: limit) } ?? []
  }

  /// How many series and labels a tenant has; each list has up to `limit` items.
  package func statistics(of tenant: TenantID, limit: Int) -> SeriesStatistics {
    self.tenant(tenant)?.series.withLock { $0.statistics(limit: limit) } ?? SeriesStatistics()
  }

  /// Forgets series that are no longer kept, and the oldest of a tenant that has too many.
  ///
  /// - Parameters:
  ///   - day: those whose last day is before it are not kept.
  ///   - countMax: of a tenant. Those with a sample on its latest day stay even so.
  package func trim(before day: UInt32, countMax: Int) {
    for tenant in tenants.withLock({ Array($0.values) }) {
      tenant.series.withLock { series in
        let first = max(day, series.firstDay(ofNewest: countMax) ?? 0)
        guard series.lastDays.contains(where: { $0 < first }) else { return }
        series = series.dropping(before: first)
      }
    }
  }
}
