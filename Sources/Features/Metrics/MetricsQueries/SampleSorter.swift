import Columns
import MetricsIndex
import MetricsTables
import Series

/// Puts rows of `samples` into columns by series and time.
///
/// The engine returns runs of rows of one series, ascending in time within a part of the table, in no order of the parts.
struct SampleSorter {
  private let series: ArraySlice<IndexedSeries>

  init(_ series: ArraySlice<IndexedSeries>) { self.series = series }

  func samples(of result: QueryResult) -> PortionSamples {
    guard case .unsigneds(let rowIDs) = result["series_id"].values,
      case .ints(let times) = result["milliseconds"].values, case .ints(let numbers) = result["number"].values,
      case .octets(let scales) = result["scale"].values
    else { preconditionFailure("samples are read as other types") }
    let runs = Self.runs(rowIDs)
    var runsOfSeries: [UInt64: [Range<Int>]] = [:]
    for run in runs { runsOfSeries[rowIDs[run.lowerBound], default: []].append(run) }
    var ids: [UInt64] = []
    var samples = SeriesSamples()
    samples.times.reserveCapacity(times.count)
    samples.values.reserveCapacity(times.count)
    for one in series {
      guard let runs = runsOfSeries[one.id] else { continue }
      let start = samples.times.count
      for run in runs.sorted(by: { times[$0.lowerBound] < times[$1.lowerBound] }) {
        samples.times += times[run]
        samples.values += run.lazy.map { SampleNumber.value(numbers[$0], scale: scales[$0]) }
      }
      Self.order(&samples.times, &samples.values, from: start)
      samples.endSeries(one.labels)
      ids.append(one.id)
    }
    return PortionSamples(ids: ids, samples: samples)
  }

  /// The rows of one series that are next to each other.
  static func runs(_ ids: [UInt64]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    var start = 0
    for index in ids.indices.dropFirst() where ids[index] != ids[index - 1] {
      runs.append(start..<index)
      start = index
    }
    if !ids.isEmpty { runs.append(start..<ids.count) }
    return runs
  }

  /// Sorts the samples behind an index by time, and keeps one of each time.
  static func order(_ times: inout [Int64], _ values: inout [Double], from start: Int) {
    var isAscending = true
    for index in times.indices.dropFirst(start + 1) where times[index] <= times[index - 1] {
      isAscending = false
      break
    }
    guard !isAscending else { return }
    let sorted = zip(times[start...], values[start...])
      .sorted { $0.0 < $1.0 || ($0.0 == $1.0 && isWeaker($0.1, $1.1)) }
    times.removeSubrange(start...)
    values.removeSubrange(start...)
    for (index, sample) in sorted.enumerated() {
      // The strongest of a time is the last.
      if index + 1 < sorted.count, sorted[index + 1].0 == sample.0 { continue }
      times.append(sample.0)
      values.append(sample.1)
    }
  }

  /// Of two values of one time the greater counts, and any value rather than NaN, of which a stale marker is the weakest: a
  /// rule that does not depend on which came first, so that it holds in a cluster too.
  static func isWeaker(_ left: Double, _ right: Double) -> Bool {
    if left.isNaN || right.isNaN { return left.isNaN && (!right.isNaN || StaleMarker.isStale(left)) }
    return left < right
  }
}
