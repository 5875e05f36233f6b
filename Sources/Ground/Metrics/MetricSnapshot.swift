/// A family of metrics and its values at one moment.
package struct MetricSnapshot: Sendable {
  package let name: String
  package let help: String
  package let type: MetricType
  package let series: [MetricSeries]

  package init(name: String, help: String, type: MetricType, series: [MetricSeries]) {
    self.name = name
    self.help = help
    self.type = type
    self.series = series
  }
}

/// The kinds of metric that Prometheus knows and we use.
package enum MetricType: String, Sendable {
  case counter, gauge, histogram
}

/// One value of a family, identified by its labels.
package struct MetricSeries: Sendable {
  package let labels: [MetricLabel]
  package let value: MetricValue

  package init(labels: [MetricLabel], value: MetricValue) {
    self.labels = labels
    self.value = value
  }
}

/// What a series holds.
package enum MetricValue: Sendable, Equatable {
  case integer(UInt64)
  case number(Double)
  case histogram(HistogramSnapshot)
}

/// A name and a value that distinguish series of a family.
package struct MetricLabel: Sendable, Hashable {
  package let name: String
  package let value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// The syntax of metric and label names, without the colon that is kept for recording rules.
enum MetricName {
  /// `[a-zA-Z_][a-zA-Z0-9_]*` (https://prometheus.io/docs/concepts/data_model/).
  static func isValid(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return name.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x5f: true
      default: false
      }
    }
  }
}
