import SeriesBytes

/// What is known of the collectors themselves, under the names that node_exporter has for it.
enum CollectorFamilies {
  static let duration = CollectedFamily(
    "node_scrape_collector_duration_seconds", .gauge, "How long the newest run of a collector took.", unit: "seconds",
    labelNames: ["collector"])
  static let success = CollectedFamily(
    "node_scrape_collector_success", .gauge, "Whether the newest run of a collector came to its end.",
    labelNames: ["collector"])
}
