import Base
import Synchronization

/// How many spans held one trace that a filter found, so that a search for the like begins with as many as it needs.
///
/// An estimate of the time only: it says how much is read at once, not what is found.
final class SearchYields: Sendable {
  /// Filters that are remembered, 16 bytes each.
  private static let countMax = 4_096

  private let spansPerTrace = Mutex<[Int: Double]>([:])

  /// The spans per trace when such a filter was last used; nil when it never was.
  func spansPerTrace(of filter: SpanFilter, tenant: TenantID) -> Double? {
    spansPerTrace.withLock { known in
      known[Self.key(filter, tenant)] ?? known[Self.key(filter.withoutValues, tenant)]
    }
  }

  /// Notes what a part of a range held.
  ///
  /// A part in which nothing was found shows that traces are at least that rare.
  func note(_ filter: SpanFilter, tenant: TenantID, spans: UInt64, traces: Int) {
    let latest = Double(spans) / Double(max(traces, 1))
    spansPerTrace.withLock { known in
      for key in [Self.key(filter, tenant), Self.key(filter.withoutValues, tenant)] {
        // Forgetting everything costs each filter one statement; keeping an order would cost more.
        if known.count >= Self.countMax { known.removeAll() }
        known[key] = known[key].map { ($0 + latest) / 2 } ?? latest
      }
    }
  }

  /// A hash, so that texts of users are not kept.
  ///
  /// Two filters with one hash begin alike, no more.
  private static func key(_ filter: SpanFilter, _ tenant: TenantID) -> Int {
    var filter = filter
    filter.range = .nothing
    var hasher = Hasher()
    hasher.combine(tenant)
    hasher.combine(filter)
    return hasher.finalize()
  }
}

extension TimeRange {
  fileprivate static let nothing = TimeRange(start: UnixNanoseconds(0), end: UnixNanoseconds(0))
}

extension SpanFilter {
  /// What a filter asks for, without the values.
  fileprivate var withoutValues: SpanFilter {
    var filter = self
    for text in [
      \SpanFilter.service, \.operation, \.model, \.provider, \.user, \.session, \.gpu,
    ] where filter[keyPath: text] != nil {
      filter[keyPath: text] = ""
    }
    if minimumNanoseconds != nil { filter.minimumNanoseconds = 0 }
    if maximumNanoseconds != nil { filter.maximumNanoseconds = 0 }
    for index in attributes.indices { filter.attributes[index].value = "" }
    return filter
  }
}
