package import Configuration
package import MetricNaming
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
    (.minutes, retention("metrics.retention_1m", "2d", of: .minutes)),
    (.fiveMinutes, retention("metrics.retention_5m", "30d", of: .fiveMinutes)),
    (.hours, retention("metrics.retention_1h", "365d", of: .hours)),
    (.days, retention("metrics.retention_1d", "forever", of: .days)),
  ]

  private static func retention(_ key: String, _ defaultText: String, of level: SampleLevel) -> Setting<Duration> {
    Setting<Duration>(
      key, expected: Parsers.keepingForm, default: defaultText,
      meaning: "How long the roll-ups of samples in steps of \(level.name) are kept.",
      notes: (level == .minutes
        ? "May be shorter than metrics.retention; until then they make graphs quick."
        : "At least as long as metrics.retention.") + " A shorter time takes effect at the next start.",
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
    notes:
      "Read again when it changes. The section `scrape` of this file takes its place. docs/metrics.md says what it may hold. "
      + foundFileNote,
    danger: danger, parse: Parsers.optionalText)

  private static let danger = "names files to read"
  private static let foundFileNote =
    "An `axonize.yaml` that is merely found in the working directory cannot set it."

  /// The same in the configuration file itself.
  package static let scrapeSection = SettingSection(
    "scrape", members: ["global", "scrape_configs", "scrape_config_files"],
    meaning: "What the server scrapes, with the members of prometheus.yml: global and scrape_configs.",
    notes:
      "Read again when it changes. Not together with metrics.scrape_file. docs/metrics.md says what it may hold. In an "
      + "`axonize.yaml` that is merely found in the working directory it cannot name other files.")

  package static let scrapeTenant = Setting<String>(
    "metrics.scrape_tenant", expected: "the name of a tenant", default: "default",
    meaning: "To whom series belong that the server scrapes and reads from text files.",
    notes: "`axonize tenants create` makes one.", parse: Parsers.text)

  package static let textfileDirectory = Setting<String>(
    "metrics.textfile_directory", expected: "a directory", default: "",
    meaning: "Where jobs of this machine leave files of metrics, `*.prom` in Prometheus' text format.",
    notes: "As node_exporter's textfile collector reads them. Without it none are read. " + foundFileNote,
    danger: danger, parse: Parsers.optionalText)

  package static let textfileInterval = Setting<Duration>(
    "metrics.textfile_interval", expected: Parsers.durationForm, default: "15s",
    meaning: "How often these files are read.", parse: Parsers.duration(.seconds(1)...(.seconds(86_400))))

  package static let textfileInstance = Setting<String>(
    "metrics.textfile_instance", expected: "a text", default: "",
    meaning: "The label `instance` of the series of these files; without it the name of this machine.",
    parse: Parsers.optionalText)

  package static let deltaSeriesMax = Setting<Int>(
    "metrics.delta_series_max", expected: "a whole number from 1000 to 10000000", default: "100000",
    meaning: "How many series of a tenant that come as deltas have their running sums in memory.",
    notes:
      "About 50 bytes for each. Sums of further series begin again at 0 where they were idle the longest.",
    parse: Parsers.integer(1_000...10_000_000))

  package static let exemplarsPerSeriesMax = Setting<Int>(
    "metrics.exemplars_per_series_max", expected: "a whole number from 0 to 100", default: "10",
    meaning: "How many exemplars of a series are taken of one request or scrape; 0 for none.",
    notes:
      "Of OpenTelemetry, of one data point. A page has one for each bucket or counter. Further ones are left out and "
      + "counted; their samples are taken.",
    parse: Parsers.integer(0...100))

  package static let queryMemoryMax = Setting<Int>(
    "metrics.query_memory", expected: Parsers.sizeForm, default: "2GiB",
    meaning: "How much memory the evaluations of all PromQL queries may take together, by estimate.",
    notes:
      "One takes at most half of it. Beyond it a query is responded to with 503. What the engine reads for them is part of "
      + "`engine.memory`.",
    parse: Parsers.size((16 << 20)...(1 << 44)))

  package static let recentMemoryMax = Setting<Int>(
    "metrics.recent_memory", expected: Parsers.sizeForm, default: "64MiB",
    meaning: "How much memory the newest samples of metrics take that are asked for again and again.",
    notes:
      "Rules and the newest values of dashboards are then read without the engine. 64 MiB are the last 11 minutes of "
      + "some 70,000 series with a sample every 15s. 0 keeps none.",
    parse: Parsers.size(0...(1 << 40)))

  package static let otlpTranslation = Setting<MetricNaming.Strategy>(
    "metrics.otlp_translation",
    expected: "one of " + MetricNaming.Strategy.allCases.map(\.rawValue).joined(separator: ", "),
    default: MetricNaming.Strategy.underscoreEscapingWithSuffixes.rawValue,
    meaning: "What becomes of the names of OpenTelemetry's metrics and attributes.",
    notes: "As Prometheus' otlp.translation_strategy. A change begins new series; those before keep their names.",
    parse: { MetricNaming.Strategy(rawValue: $0) })

  /// 32: each is a label of every series.
  private static let promotedAttributesMax = 32

  package static let otlpPromotedAttributes = Setting<[String]>(
    "metrics.otlp_promote_resource_attributes",
    expected: "names of attributes, separated by commas, at most \(promotedAttributesMax)", default: "",
    meaning: "Attributes of the resource that become labels of each of its series.",
    notes:
      "As Prometheus' otlp.promote_resource_attributes. service.name and service.instance.id are job and instance anyway.",
    parse: { text in
      let names = text.split(separator: ",").map { $0.filter { !$0.isWhitespace } }
      return names.contains("") || names.count > promotedAttributesMax ? nil : names
    })

  package static let group = SettingGroup(
    "metrics", title: "Metrics",
    [retention.declaration] + levels.map(\.setting.declaration) + [
      seriesMax.declaration, otlpTranslation.declaration, otlpPromotedAttributes.declaration,
      deltaSeriesMax.declaration, exemplarsPerSeriesMax.declaration, queryMemoryMax.declaration,
      recentMemoryMax.declaration, scrapeFile.declaration, scrapeTenant.declaration,
      textfileDirectory.declaration, textfileInterval.declaration, textfileInstance.declaration,
    ], sections: [scrapeSection],
    retired: [
      RetiredSetting(
        "retention.metrics",
        advice: "Metrics are series now: set metrics.retention for how long samples are kept, and metrics.retention_5m, "
          + "_1h and _1d for how long their roll-ups are.")
    ])
}

extension RetentionPolicy {
  /// Sets how long samples and their roll-ups are kept; the labels of series as long as the longest of them.
  ///
  /// A level is kept at least as long as samples, so that something is left of them when they are gone. Minutes need not
  /// be: five minutes are.
  package mutating func setMetrics(_ configuration: Configuration) {
    self[.samples] = configuration[MetricsSettings.retention]
    var longest = configuration[MetricsSettings.retention]
    for (level, setting) in MetricsSettings.levels {
      let least = level == .minutes ? .zero : configuration[MetricsSettings.retention]
      let time = max(least, configuration[setting])
      self[level.retention] = time
      longest = max(longest, time)
    }
    self[.series] = longest
  }
}
