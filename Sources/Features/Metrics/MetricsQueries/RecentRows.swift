import Columns
import MetricsTables

/// Rows of the table `samples` that were stored.
struct RecentRows {
  private let tenants: FixedColumn<UInt32>
  private let metrics: FixedColumn<UInt32>
  private let ids: FixedColumn<UInt64>
  private let times: FixedColumn<Int64>
  private let numbers: FixedColumn<Int64>
  private let scales: FixedColumn<UInt8>
  private(set) var range: Range<Int>

  init(_ block: ColumnBlock, _ range: Range<Int>) {
    guard let tenants = block["tenant"] as? FixedColumn<UInt32>, let metrics = block["metric"] as? FixedColumn<UInt32>,
      let ids = block["series_id"] as? FixedColumn<UInt64>, let times = block["time"] as? FixedColumn<Int64>,
      let numbers = block["number"] as? FixedColumn<Int64>, let scales = block["scale"] as? FixedColumn<UInt8>
    else { preconditionFailure("samples are stored as other types") }
    self.tenants = tenants
    self.metrics = metrics
    self.ids = ids
    self.times = times
    self.numbers = numbers
    self.scales = scales
    self.range = range
  }

  func id(_ row: Int) -> UInt64 { ids[row] }
  /// In milliseconds since 1970.
  func time(_ row: Int) -> Int64 { times[row] / 1_000_000 }
  func value(_ row: Int) -> Double { SampleNumber.value(numbers[row], scale: scales[row]) }

  /// Passes on the rows of each run of one metric.
  func forEachMetric(_ body: (RecentSamples.Key, RecentRows) -> Void) {
    var start = range.lowerBound
    while start < range.upperBound {
      let (tenant, metric) = (tenants[start], metrics[start])
      var end = start + 1
      while end < range.upperBound, metrics[end] == metric, tenants[end] == tenant { end += 1 }
      var run = self
      run.range = start..<end
      body(RecentSamples.Key(tenant: tenant, metric: metric), run)
      start = end
    }
  }
}
