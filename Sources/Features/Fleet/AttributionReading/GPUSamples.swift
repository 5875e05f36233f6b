package import Attribution

/// A board of a tenant with its samples in a time.
package struct GPUSamples: Sendable {
  /// The board's UUID.
  package var uuid: String
  /// The label `instance` of its series; empty where there is none.
  package var node = ""
  /// Empty where the series do not say.
  package var model = ""
  /// Without spans.
  package var input = BoardInput()
  /// For example `1g.18gb`, of parts by their id.
  package var profiles: [String: String] = [:]
  /// Whether it is not the tenant's who asks, so that only the share of that tenant's spans may be shown.
  package var isOfOtherTenant = false

  package init(uuid: String) { self.uuid = uuid }
}

/// Limits of reading what GPUs did.
package struct AttributionLimits: Sendable {
  /// GPUs, or parts of GPUs, that one question may be about.
  ///
  /// Default 256: 32 machines with eight GPUs.
  package var gpuCountMax = 256
  /// Samples that one question may read.
  ///
  /// Default 8 million: 128 MB; an hour of 256 GPUs with eight series each second are 7 million.
  package var sampleCountMax = 8_000_000
  /// Spans of a trace, or of a page with what ran beside them.
  ///
  /// Default 50,000, which take 20 MB.
  package var spanCountMax = 50_000
  /// Links of traces that say which span is within which.
  ///
  /// Default 200,000.
  package var linkCountMax = 200_000
  /// How much before and after the time in question samples are read, in nanoseconds: those around its ends.
  ///
  /// Default 60 s: four periods of a dcgm-exporter that is scraped every 15 s.
  package var margin: Int64 = 60_000_000_000

  package init() {}
}
