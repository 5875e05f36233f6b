import Base

/// What a reader of a result should know of it.
package struct Annotation: Hashable, Sendable {
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    case warning
    case info
  }

  package let kind: Kind
  /// In Prometheus' words, for example `quantile value should be between 0 and 1, got 2`.
  package let message: String
  /// Where in the query, in UTF-8 bytes.
  package let offset: Int

  /// As Prometheus writes it, for example `PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)`.
  package func text(in query: String) -> String {
    let position = SourcePosition(of: offset, in: Array(query.utf8))
    return "PromQL \(kind.rawValue): \(message) (\(position.line):\(position.column))"
  }
}

/// The annotations of an evaluation: one for each message, however often and wherever it comes up.
struct Annotations {
  /// The most annotations that are kept: a message may name a metric, and there are many metrics.
  private static let countMax = 1_000

  private var found: [Annotation] = []
  private var messages: Set<String> = []
  private var repairs: [String: BucketRepair] = [:]

  mutating func add(_ kind: Annotation.Kind, _ message: String, at offset: Int) {
    guard messages.count < Self.countMax, messages.insert(message).inserted else { return }
    found.append(Annotation(kind: kind, message: message, offset: offset))
  }

  /// Notes that a histogram's buckets were made monotonic, in one annotation for each metric.
  mutating func addRepair(of metric: String, at offset: Int, _ repair: BucketRepair) {
    guard var merged = repairs[metric] else {
      if repairs.count < Self.countMax {
        repairs[metric] = repair
        found.append(Annotation(kind: .info, message: Self.repairPrefix + metric, offset: offset))
      }
      return
    }
    merged.merge(repair)
    repairs[metric] = merged
  }

  /// All of them, in the order in which they came up.
  func all() -> [Annotation] {
    found.map { annotation in
      guard annotation.message.hasPrefix(Self.repairPrefix) else { return annotation }
      let metric = String(annotation.message.dropFirst(Self.repairPrefix.count))
      guard let repair = repairs[metric] else { return annotation }
      return Annotation(kind: .info, message: repair.message(metric: metric), offset: annotation.offset)
    }
  }

  /// No message of another annotation begins like this.
  private static let repairPrefix = "\u{0}"
}

/// What was done to make the buckets of classic histograms monotonic.
struct BucketRepair: Hashable {
  var firstTime: Int64
  var lastTime: Int64
  var leastBound: Double
  var greatestBound: Double
  var greatestDifference: Double
  var count = 1

  mutating func merge(_ other: BucketRepair) {
    firstTime = min(firstTime, other.firstTime)
    lastTime = max(lastTime, other.lastTime)
    leastBound = min(leastBound, other.leastBound)
    greatestBound = max(greatestBound, other.greatestBound)
    greatestDifference = max(greatestDifference, other.greatestDifference)
    count += other.count
  }

  func message(metric: String) -> String {
    let name = metric.isEmpty ? "" : " for metric name \"\(metric)\""
    return "input to histogram_quantile needed to be fixed for monotonicity (see "
      + "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)\(name), from buckets "
      + "\(FloatText.short(leastBound)) to \(FloatText.short(greatestBound)), with a max diff of "
      + "\(FloatText.short(greatestDifference)), over \(count) samples from \(CivilText.time(firstTime)) to "
      + "\(CivilText.time(lastTime))"
  }
}
