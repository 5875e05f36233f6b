import Series

/// Labels with a meaning for scraping (Prometheus, docs/concepts/jobs_instances.md and relabel_config).
enum TargetLabels {
  static let address = "__address__"
  static let scheme = "__scheme__"
  static let metricsPath = "__metrics_path__"
  static let interval = "__scrape_interval__"
  static let timeout = "__scrape_timeout__"
  static let parameterPrefix = "__param_"
  /// What discovery knows; removed after relabelling.
  static let metaPrefix = "__meta_"
  /// Labels that begin so are not those of series.
  static let reservedPrefix = "__"
  static let job = "job"
  static let instance = "instance"
  /// Before the name of a label of the page that the target has, too.
  static let exportedPrefix = "exported_"
}

extension String {
  func begins(with prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }
}
