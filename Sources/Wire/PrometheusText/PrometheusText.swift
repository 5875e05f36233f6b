package import Metrics

/// Prometheus's text exposition format, version 0.0.4.
///
/// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
package enum PrometheusText {
  package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  /// The text of families, in their order.
  package static func encode(_ families: [MetricSnapshot]) -> [UInt8] {
    var text = ""
    for family in families where !family.series.isEmpty {
      text += "# HELP \(family.name) \(escape(family.help, quotes: false))\n"
      text += "# TYPE \(family.name) \(family.type.rawValue)\n"
      for series in family.series { append(series, of: family.name, to: &text) }
    }
    return Array(text.utf8)
  }

  private static func append(_ series: MetricSeries, of name: String, to text: inout String) {
    let labels = series.labels.map { "\($0.name)=\"\(escape($0.value, quotes: true))\"" }
    switch series.value {
    case .integer(let value): text += line(name, labels, String(value))
    case .number(let value): text += line(name, labels, number(value))
    case .histogram(let histogram):
      var cumulated: UInt64 = 0
      for (bound, count) in zip(histogram.bounds + [.infinity], histogram.counts) {
        cumulated += count
        text += line(name + "_bucket", labels + ["le=\"\(number(bound))\""], String(cumulated))
      }
      text += line(name + "_sum", labels, number(histogram.sum))
      text += line(name + "_count", labels, String(cumulated))
    }
  }

  private static func line(_ name: String, _ labels: [String], _ value: String) -> String {
    labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels.joined(separator: ","))} \(value)\n"
  }

  /// A number as Go's ParseFloat reads it: `+Inf`, `-Inf`, `NaN`, or the shortest decimal.
  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  private static func escape(_ text: String, quotes: Bool) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\n": escaped += "\\n"
      case "\"" where quotes: escaped += "\\\""
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
