import Series

extension ScrapeJob {
  /// The name of the job of ``textfiles(in:interval:instance:)``.
  package static let textfilesName = "textfile"

  /// The job that reads a folder of files in Prometheus' text format.
  ///
  /// - Parameter instance: the label of its series.
  package static func textfiles(in folder: String, interval: Duration, instance: String) -> ScrapeJob {
    let target = LabelSet([Label(TargetLabels.address, instance), Label(TargetLabels.instance, instance)])
    return ScrapeJob(
      name: textfilesName, interval: interval, timeout: interval, metricsPath: "", scheme: .http, parameters: [:],
      honorsLabels: false, honorsTimestamps: false, tracksTimestampsStaleness: false, followsRedirects: false,
      isCompressed: false, fallbackFormat: .text, authorization: nil, security: ScrapeSecurity(),
      limits: ScrapeJobLimits(), targetRelabelling: [], sampleRelabelling: [],
      discoveries: [.fixed([TargetGroup(targets: [target], labels: .empty, source: "0")])], folder: folder)
  }
}
