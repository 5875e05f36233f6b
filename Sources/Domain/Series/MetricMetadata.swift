/// What is known of a metric, for whoever reads its series.
package struct MetricMetadata: Sendable, Hashable {
  /// The type of a metric, as Prometheus names it.
  package enum Kind: UInt8, Sendable, CaseIterable {
    case unknown = 0
    case counter = 1
    case gauge = 2
    case histogram = 3
    case gaugehistogram = 4
    case summary = 5
    case info = 6
    case stateset = 7

    /// As in expositions and responses, for example `counter`.
    package var name: String { "\(self)" }
  }

  /// The name of the metric family: without `_bucket`, `_sum`, `_count` of a histogram.
  package var family: String
  package var kind: Kind
  /// Empty for none.
  package var unit: String
  /// Empty for none.
  package var help: String

  package init(family: String, kind: Kind, unit: String = "", help: String = "") {
    self.family = family
    self.kind = kind
    self.unit = unit
    self.help = help
  }
}
