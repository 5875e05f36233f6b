import Columns
import Engine
import Synchronization

/// The times of the latest samples that an earlier process stored, by series, while its requests are read back.
///
/// Lanes are stored one by one, so that a request may be stored and one before it not. The running sum of the stored one
/// holds the deltas of the other.
final class StoredTimes: Sendable {
  /// Series that are remembered: 1,000,000, some 50 MB while the server starts.
  ///
  /// Those that are left out have the increase of a restart too many.
  private static let countMax = 1_000_000

  private struct Key: Hashable {
    let tenant: UInt32
    let series: UInt64
  }

  /// Milliseconds since 1970.
  private let times = Mutex<[Key: Int64]>([:])

  /// Reads what was stored after a time of the store, in nanoseconds since 1970.
  func load(storedAfter time: Int64, from engine: any AnalyticsEngine) throws(EngineError) {
    let result = try engine.query(
      SQLStatement(
        """
        SELECT tenant, series_id, toUnixTimestamp64Milli(max(time)) AS latest FROM samples
        WHERE received_at > fromUnixTimestamp64Nano({after:Int64}, 'UTC')
        GROUP BY tenant, series_id LIMIT \(Self.countMax)
        """, ["after": .int(time)]))
    times.withLock { times in
      times = [:]
      for row in 0..<result.rowCount {
        let tenant = UInt32(truncatingIfNeeded: result["tenant"].unsigned(row) ?? 0)
        let key = Key(tenant: tenant, series: result["series_id"].unsigned(row) ?? 0)
        times[key] = result["latest"].int(row)
      }
    }
  }

  /// Of a series, in milliseconds since 1970; nil where none was stored.
  func latest(of series: UInt64, tenant: UInt32) -> Int64? {
    times.withLock { $0[Key(tenant: tenant, series: series)] }
  }

  func removeAll() { times.withLock { $0 = [:] } }
}
