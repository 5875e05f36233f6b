/// What one request of remote write may hold.
package struct RemoteWriteLimits: Sendable, Hashable {
  /// Series of a request; 1,000,000, as many as an OTLP request may have records.
  ///
  /// Prometheus sends 2,000 samples.
  package var seriesMax = 1_000_000
  /// Samples and native histograms of a request; 1,000,000 for the same reason.
  package var samplesMax = 1_000_000
  /// Texts of a request of 2.0; 1,000,000, which takes 8 MB.
  package var symbolsMax = 1_000_000
  /// Labels of a series or of an exemplar; 100.
  ///
  /// Series of Kubernetes have about 40.
  package var labelsMax = 100
  /// Bytes of a label's name; 1,024.
  package var labelNameBytesMax = 1024
  /// Bytes of a label's value; 4,096, the most that VictoriaMetrics keeps.
  package var labelValueBytesMax = 4096
  /// Bytes of a unit or help text, which are cut; 4,096.
  package var metadataBytesMax = 4096
  /// Exemplars of a series; 100.
  ///
  /// Prometheus sends those of one scrape.
  package var exemplarsMax = 100

  package init() {}
}
