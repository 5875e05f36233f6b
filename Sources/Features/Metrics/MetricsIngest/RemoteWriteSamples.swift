import MetricsTables
import RemoteWrite
import Series
import SeriesBytes
import Telemetry

/// Appends what a request of remote write holds.
@safe
struct RemoteWriteSamples: RemoteWriteVisitor {
  private let body: UnsafeRawBufferPointer
  private let appender: SampleAppender
  private let batch: SignalBatch<SampleBlock>

  init(body: UnsafeRawBufferPointer, appender: SampleAppender, batch: SignalBatch<SampleBlock>) {
    unsafe self.body = body
    self.appender = appender
    self.batch = batch
  }

  func visit(_ series: borrowing RemoteWriteSeries) {
    let labels = appender.labels
    labels.removeAll()
    for label in series.labels { unsafe labels.append(bytes(label.name), bytes(label.value)) }
    appender.beginSeries(fault: Self.refusal(of: series))
    for sample in series.samples { appender.append(sample.value, at: sample.time, to: batch) }
    if !series.exemplars.isEmpty || series.refusedExemplarCount > 0 { appendExemplars(of: series) }
    if let metadata = series.metadata { append(metadata, of: name(in: series)) }
  }

  private func appendExemplars(of series: borrowing RemoteWriteSeries) {
    appender.refuseExemplars(series.refusedExemplarCount)
    for exemplar in series.exemplars {
      appender.exemplar.removeAll()
      for label in series.exemplarLabels[exemplar.labels] {
        unsafe appender.exemplar.append(bytes(label.name), bytes(label.value))
      }
      appender.appendExemplar(exemplar.value, at: exemplar.time, to: batch)
    }
  }

  func visit(_ metadata: RemoteWriteMetadata) { append(metadata, of: text(metadata.family)) }

  private func append(_ metadata: RemoteWriteMetadata, of family: String) {
    appender.append(
      MetricMetadata(
        family: family, kind: MetricMetadata.Kind(metadata.type), unit: text(metadata.unit), help: text(metadata.help)),
      to: batch)
  }

  /// What a receiver refuses a series for.
  ///
  /// Labels in another order, and labels without a value, say what is meant. Prometheus sends exemplars as series without
  /// samples.
  private static func refusal(of series: borrowing RemoteWriteSeries) -> String? {
    switch series.fault {
    case nil, .unsortedLabels, .emptyLabelValue, .noSamples: nil
    case let fault?: fault.description
    }
  }

  /// The family of a series of 2.0: without the suffix of a classic histogram's or summary's series.
  private func name(in series: borrowing RemoteWriteSeries) -> String {
    var name = ""
    for label in series.labels where text(label.name) == Label.metricName { name = text(label.value) }
    guard let type = series.metadata?.type else { return name }
    let suffixes: [String] =
      switch type {
      case .histogram, .gaugehistogram: ["_bucket", "_sum", "_count", "_gsum", "_gcount"]
      case .summary: ["_sum", "_count"]
      default: []
      }
    for suffix in suffixes where name.hasSuffix(suffix) { return String(name.dropLast(suffix.count)) }
    return name
  }

  private func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(rebasing: body[range])
  }
  private func text(_ range: Range<Int>) -> String { unsafe String(decoding: body[range], as: UTF8.self) }
}

extension MetricMetadata.Kind {
  /// The numbers are the same.
  init(_ type: FamilyType) { self = MetricMetadata.Kind(rawValue: type.rawValue) ?? .unknown }
}
