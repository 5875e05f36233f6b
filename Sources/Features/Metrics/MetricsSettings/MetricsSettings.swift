package import Configuration
package import MetricsTables
package import Schema

/// The settings of the Metrics slice.
package enum MetricsSettings {
  package static let retention = Setting<Duration>(
    "metrics.retention", expected: Parsers.durationForm, default: "15d",
    meaning: "How long the samples of series are kept as they came.",
    notes: "At least 1h. A shorter time takes effect at the next start. Roll-ups of them are kept for longer.",
    parse: Parsers.duration(.seconds(3600)...(.seconds(3650 * 86400))))

  /// How long each level of roll-ups is kept, the finest first.
  package static let levels: [(level: SampleLevel, setting: Setting<Duration>)] = [
    (.minutes, retention("metrics.retention_1m", "30d", of: .minutes)),
    (.fiveMinutes, retention("metrics.retention_5m", "30d", of: .fiveMinutes)),
    (.hours, retention("metrics.retention_1h", "365d", of: .hours)),
    (.days, retention("metrics.retention_1d", "forever", of: .days)),
  ]

  private static func retention(_ key: String, _ defaultText: String, of level: SampleLevel) -> Setting<Duration> {
    Setting<Duration>(
      key, expected: Parsers.keepingForm, default: defaultText,
      meaning: "How long the roll-ups of samples in steps of \(level.name) are kept.",
      notes: "At least as long as metrics.retention. A shorter time takes effect at the next start.",
      parse: Parsers.keeping(.seconds(3600)...(.seconds(3650 * 86400))))
  }

  package static let seriesMax = Setting<Int>(
    "metrics.series_max", expected: "a whole number from 1000 to 100000000", default: "1000000",
    meaning: "How many series of a tenant may have samples on one day.",
    notes: "Samples of further series are refused; the message names the label with the most values.",
    parse: Parsers.integer(1_000...100_000_000))

  package static let scrapeFile = Setting<String>(
    "metrics.scrape_file", expected: "a YAML file", default: "",
    meaning: "Which pages of metrics the server scrapes, in the form of prometheus.yml.",
    notes: "Read at the start; without it nothing is scraped. docs/metrics.md says what it may hold.",
    parse: Parsers.optionalText)

  package static let deltaSeriesMax = Setting<Int>(
    "metrics.delta_series_max", expected: "a whole number from 1000 to 10000000", default: "100000",
    meaning: "How many series of a tenant that come as deltas have their running sums in memory.",
    notes:
      "About 50 bytes for each. Sums of further series begin again at 0 where they were idle the longest.",
    parse: Parsers.integer(1_000...10_000_000))

  package static let group = SettingGroup(
    "metrics", title: "Metrics",
    [retention.declaration] + levels.map(\.setting.declaration) + [
      seriesMax.declaration, deltaSeriesMax.declaration, scrapeFile.declaration,
    ])
}

extension RetentionPolicy {
  /// Sets how long samples and their roll-ups are kept; the labels of series as long as the longest of them.
  ///
  /// A level is kept at least as long as samples: what comes late reaches a level through the one below.
  package mutating func setMetrics(_ configuration: Configuration) {
    self[.samples] = configuration[MetricsSettings.retention]
    var longest = configuration[MetricsSettings.retention]
    for (level, setting) in MetricsSettings.levels {
      let time = max(configuration[MetricsSettings.retention], configuration[setting])
      self[level.retention] = time
      longest = max(longest, time)
    }
    self[.series] = longest
  }
}
