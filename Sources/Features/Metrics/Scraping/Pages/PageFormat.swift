/// The format of a page of metrics.
package enum PageFormat: Sendable, Hashable {
  /// Prometheus' text format 0.0.4.
  case text
  /// OpenMetrics 1.0.
  case openMetrics

  /// By the names of `fallback_scrape_protocol`.
  static let protocols: [String: PageFormat] = [
    "PrometheusText0.0.4": .text, "PrometheusText1.0.0": .text, "OpenMetricsText0.0.1": .openMetrics,
    "OpenMetricsText1.0.0": .openMetrics,
  ]

  /// What a scrape asks for.
  static let accept =
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=1.0.0;"
    + "q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.1"

  /// The format by the content type; nil for one that is not known.
  init?(contentType: String) {
    let type = contentType.prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
    switch type {
    case "application/openmetrics-text": self = .openMetrics
    case "text/plain": self = .text
    default: return nil
    }
  }
}
