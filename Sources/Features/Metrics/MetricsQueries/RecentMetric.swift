import MetricsIndex
import Series
import Synchronization

/// The newest samples of every series of a metric.
final class RecentMetric: Sendable {
  private struct State {
    /// Samples after it are here: those that were stored when the metric was loaded, and all that were stored since.
    var since: Int64
    var isLoaded = false
    /// Whether nothing is added any more, because nobody finds it.
    var isDropped = false
    var series: [RecentSeries] = []
    var places: [UInt64: Int] = [:]
    var byteCount = 0
  }

  private let state: Mutex<State>
  /// When it was asked for last, in milliseconds since 1970.
  let askedAt: Atomic<Int64>

  /// More late samples at once than these are grouped by series, and more of one series sorted in.
  private static let insertionCountMax = 16

  init(since: Int64, now: Int64) {
    state = Mutex(State(since: since))
    askedAt = Atomic(now)
  }

  var since: Int64 { state.withLock(\.since) }

  /// Adds rows that were stored.
  ///
  /// - Returns: By how many bytes it grew.
  func append(_ rows: RecentRows) -> Int {
    state.withLock { state in
      guard !state.isDropped else { return 0 }
      let before = state.byteCount
      var late: [(place: Int, time: Int64, value: Double)] = []
      for row in rows.range {
        let time = rows.time(row)
        guard time > state.since else { continue }
        let place = Self.place(of: rows.id(row), in: &state)
        let bytes = state.series[place].byteCount
        if state.series[place].append(rows.value(row), at: time) {
          state.byteCount += state.series[place].byteCount - bytes
        } else {
          late.append((place, time, rows.value(row)))
        }
      }
      guard late.count > Self.insertionCountMax else {
        for sample in late {
          Self.change(sample.place, in: &state) { $0.insert(sample.value, at: sample.time) }
        }
        return state.byteCount - before
      }
      for (place, samples) in Dictionary(grouping: late, by: \.place) {
        Self.change(place, in: &state) { series in
          if samples.count <= Self.insertionCountMax {
            for sample in samples { series.insert(sample.value, at: sample.time) }
          } else {
            series.merge(samples.map(\.time), samples.map(\.value))
          }
        }
      }
      return state.byteCount - before
    }
  }

  private static func place(of id: UInt64, in state: inout State) -> Int {
    if let place = state.places[id] { return place }
    let place = state.series.count
    state.places[id] = place
    state.series.append(RecentSeries(id: id))
    state.byteCount += state.series[place].byteCount
    return place
  }

  private static func change(_ place: Int, in state: inout State, _ body: (inout RecentSeries) -> Void) {
    let bytes = state.series[place].byteCount
    body(&state.series[place])
    state.byteCount += state.series[place].byteCount - bytes
  }

  /// Adds what the engine had when it was asked, after which the metric can be read.
  ///
  /// - Parameters:
  ///   - runs: Rows of one series, next to each other.
  /// - Returns: By how many bytes it grew.
  func load(_ runs: [(id: UInt64, rows: Range<Int>)], _ times: [Int64], _ values: [Double]) -> Int {
    state.withLock { state in
      guard !state.isDropped else { return 0 }
      let before = state.byteCount
      for (id, runs) in Dictionary(grouping: runs, by: \.id) {
        let place = Self.place(of: id, in: &state)
        let rows = runs.flatMap(\.rows)
        Self.change(place, in: &state) { $0.merge(rows.map { times[$0] }, rows.map { values[$0] }) }
      }
      state.isLoaded = true
      return state.byteCount - before
    }
  }

  /// Forgets samples up to a time, and series that have none left.
  ///
  /// - Returns: By how many bytes it shrank.
  func trim(through time: Int64) -> Int {
    state.withLock { state in
      guard time > state.since, !state.isDropped else { return 0 }
      state.since = time
      let before = state.byteCount
      for place in state.series.indices { state.series[place].trim(through: time) }
      guard state.series.contains(where: \.times.isEmpty) else { return 0 }
      state.series.removeAll(where: \.times.isEmpty)
      state.places = Dictionary(uniqueKeysWithValues: state.series.enumerated().map { ($0.element.id, $0.offset) })
      state.byteCount = state.series.reduce(0) { $0 + $1.byteCount }
      return before - state.byteCount
    }
  }

  /// Lets go of everything.
  ///
  /// - Returns: How many bytes it had.
  func drop() -> Int {
    state.withLock { state in
      let byteCount = state.byteCount
      state = State(since: .max, isDropped: true)
      return byteCount
    }
  }

  /// The samples of series of the metric; nil where it does not have all of the selection.
  ///
  /// - Parameter isLatestOnly: Whether the last sample of each series is all that counts.
  func samples(
    of found: ArraySlice<IndexedSeries>, after: Int64, through: Int64, isLatestOnly: Bool
  ) -> SeriesSamples? {
    state.withLock { state in
      guard state.isLoaded, state.since <= after else { return nil }
      var samples = SeriesSamples()
      samples.labels.reserveCapacity(found.count)
      for one in found {
        guard let place = state.places[one.id] else { continue }
        let upper = state.series[place].place(after: through)
        let lower = isLatestOnly ? max(0, upper - 1) : state.series[place].place(after: after)
        guard lower < upper, state.series[place].times[lower] > after else { continue }
        samples.times += state.series[place].times[lower..<upper]
        samples.values += state.series[place].values[lower..<upper]
        samples.endSeries(one.labels)
      }
      return samples
    }
  }
}
