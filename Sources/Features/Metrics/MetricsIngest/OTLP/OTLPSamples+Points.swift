import PromQL
import Protobuf
import Series
import Telemetry

extension OTLPSamples {
  /// Appends the series of a data point.
  ///
  /// A point of which something is refused counts as one rejected record.
  func append(point message: ProtobufReader, of metric: Metric, to target: Target) throws(ProtobufError) {
    try point.read(message, of: metric.kind)
    let rejected = appender.rows.rejected
    if let fault = try fault(of: metric) {
      appender.reject("a data point of \(metric.name) \(fault)")
      return
    }
    let writer = PointWriter(self, metric, target)
    try exemplars.beginPoint(point)
    switch metric.kind {
    case .gauge, .sum:
      writer.append(point.value ?? 0, metric.name)
      try writer.appendExemplars(atMost: .infinity)
    case .histogram: try appendHistogram(writer)
    case .exponentialHistogram: try appendExponentialHistogram(writer)
    case .summary:
      for (quantile, value) in point.quantiles {
        writer.append(value, metric.name, ("quantile", NumberNotation.text(quantile)))
      }
      writer.append(point.sum ?? 0, metric.name + "_sum")
      writer.append(Double(point.count), metric.name + "_count")
    }
    if appender.rows.rejected == rejected {
      latestTime = max(latestTime ?? writer.time, writer.time)
    } else {
      appender.countRejections(since: rejected, as: 1)
    }
  }

  /// Why a point cannot be taken, a clause whose subject is the point.
  private func fault(of metric: Metric) throws(ProtobufError) -> String? {
    if let fault = try labels.beginPoint(point.attributes) { return fault }
    if point.time == 0 { return "has no time" }
    if point.time > UInt64(Int64.max) { return "has a time beyond the range" }
    if point.hasLongList { return "has a list of more than \(OTLPPoint.elementCountMax) elements" }
    switch metric.kind {
    case .gauge, .sum:
      if point.value == nil, !point.isStale { return "has no value" }
    case .histogram:
      let (counts, bounds) = (point.bucketCounts.count, point.bounds.count)
      // "The number of elements in bucket_counts array must be by one greater than the number of elements in
      // explicit_bounds array", or both are empty (metrics.proto, HistogramDataPoint).
      if counts != bounds + 1, counts != 0 || (bounds != 0 && !point.isStale) {
        return "has \(counts) bucket counts and \(bounds) bounds"
      }
      if zip(point.bounds, point.bounds.dropFirst()).contains(where: { !($0 < $1) })
        || point.bounds.contains(where: \.isNaN)
      {
        return "has bounds that do not ascend"
      }
    case .exponentialHistogram:
      if !ExponentialBuckets.scales.contains(point.exponential.scale) {
        return "has the scale \(point.exponential.scale); it may be \(ExponentialBuckets.scales.lowerBound) to "
          + "\(ExponentialBuckets.scales.upperBound)"
      }
    case .summary: break
    }
    return nil
  }

  private func appendHistogram(_ writer: PointWriter) throws(ProtobufError) {
    var count: UInt64 = 0
    for (place, bound) in point.bounds.enumerated() where bound.isFinite {
      if place < point.bucketCounts.count { count &+= point.bucketCounts[place] }
      try writer.appendBucket(count, bound)
    }
    try writer.appendEnd(of: point)
  }

  private func appendExponentialHistogram(_ writer: PointWriter) throws(ProtobufError) {
    guard let (buckets, time) = writer.sum(point.exponential) else { return }
    for (bound, count) in buckets.classic() { try writer.appendTotal(count, bound, at: time) }
    try writer.appendEnd(of: point)
  }
}

/// Appends samples of the time of one data point.
private struct PointWriter {
  private let samples: OTLPSamples
  private let metric: OTLPSamples.Metric
  private let target: OTLPSamples.Target
  private let isStale: Bool
  /// Milliseconds since 1970.
  let time: Int64

  init(_ samples: OTLPSamples, _ metric: OTLPSamples.Metric, _ target: OTLPSamples.Target) {
    self.samples = samples
    self.metric = metric
    self.target = target
    isStale = samples.point.isStale
    time = Int64(samples.point.time / 1_000_000)
  }

  /// Appends a value, or what it adds to a running sum.
  func append(_ value: Double, _ name: String, _ label: (name: String, value: String)? = nil) {
    begin(name, label)
    let appender = samples.appender
    guard metric.isDelta, !isStale else {
      return appender.append(isStale ? StaleMarker.value : value, at: time, to: target.batch)
    }
    guard appender.admits(time, to: target.batch) else { return }
    switch target.deltas.add(value, to: appender.id, at: time) {
    case .sum(let sum, time): appender.appendAdmitted(sum, at: time, to: target.batch)
    case .sum(let sum, let later): appender.append(sum, at: later, to: target.batch)
    case .contained: break
    case .notLater: rejectEarlier()
    }
  }

  /// Appends how many values are at most a bound, of a histogram with bounds of its own.
  func appendBucket(_ count: UInt64, _ bound: Double) throws(ProtobufError) {
    append(Double(count), metric.name + "_bucket", ("le", NumberNotation.text(bound)))
    try appendExemplars(atMost: bound)
  }

  /// Appends a bucket whose count is the total already.
  func appendTotal(_ count: UInt64, _ bound: Double, at time: Int64) throws(ProtobufError) {
    begin(metric.name + "_bucket", ("le", NumberNotation.text(bound)))
    samples.appender.append(isStale ? StaleMarker.value : Double(count), at: time, to: target.batch)
    try appendExemplars(atMost: bound)
  }

  /// Appends the exemplars of the point that are at most a bound and not appended yet to the series that was appended last.
  func appendExemplars(atMost bound: Double) throws(ProtobufError) {
    if samples.exemplars.hasNext { try samples.exemplars.append(atMost: bound, pointTime: time, to: target.batch) }
  }

  /// Appends what every histogram has.
  func appendEnd(of point: OTLPPoint) throws(ProtobufError) {
    try appendBucket(point.count, .infinity)
    if let sum = point.sum { append(sum, metric.name + "_sum") }
    append(Double(point.count), metric.name + "_count")
  }

  /// The buckets with those of other points, and the time of the latest; nil where there is nothing to append.
  func sum(_ buckets: ExponentialBuckets) -> (ExponentialBuckets, time: Int64)? {
    guard metric.isDelta, !isStale else { return (buckets, time) }
    begin(metric.name + "_count", nil)
    let stored = samples.appender.id
    begin(metric.name + "_bucket", nil)
    guard samples.appender.admits(time) else { return nil }
    switch target.deltas.add(buckets, to: samples.appender.id, storedAs: stored, at: time) {
    case .sum(let sum, let latest): return (sum, latest)
    case .contained: return nil
    case .notLater:
      rejectEarlier()
      return nil
    }
  }

  private func begin(_ name: String, _ label: (name: String, value: String)?) {
    samples.labels.set(samples.appender.labels, name: name, extra: label)
    samples.appender.beginSeries()
  }

  private func rejectEarlier() {
    samples.appender.reject(
      "a data point of \(metric.name) is a delta that is not later than the one before it of the same series")
  }
}
