import Exposition
import MetricsTables
import Series
import SeriesBytes
import Telemetry

/// Appends what a page in a text format holds.
struct ExpositionSamples: ExpositionVisitor {
  /// The time of samples that have none, in milliseconds since 1970.
  private let time: Int64
  private let appender: SampleAppender
  private let batch: SignalBatch<SampleBlock>

  init(time: Int64, appender: SampleAppender, batch: SignalBatch<SampleBlock>) {
    self.time = time
    self.appender = appender
    self.batch = batch
  }

  func visit(_ family: ExpositionFamily) {
    appender.append(
      MetricMetadata(
        family: family.name, kind: MetricMetadata.Kind(family.type), unit: family.unit, help: family.help),
      to: batch)
  }

  func visit(_ sample: borrowing ExpositionSample) {
    let labels = appender.labels
    labels.removeAll()
    let (ranges, value, sampleTime) = (sample.labels, sample.value, sample.time ?? time)
    let exemplar = appender.takesExemplars ? sample.exemplar : nil
    let exemplarLabels = sample.exemplarLabels
    unsafe sample.bytes.withUnsafeBytes { bytes in
      for label in ranges {
        unsafe labels.append(
          UnsafeRawBufferPointer(rebasing: bytes[label.name]), UnsafeRawBufferPointer(rebasing: bytes[label.value]))
      }
      appender.beginSeries()
      appender.append(value, at: sampleTime, to: batch)
      guard let exemplar else { return }
      appender.exemplar.removeAll()
      for label in exemplarLabels {
        unsafe appender.exemplar.append(
          UnsafeRawBufferPointer(rebasing: bytes[label.name]), UnsafeRawBufferPointer(rebasing: bytes[label.value]))
      }
      // One without a time is of its sample's.
      appender.appendExemplar(exemplar.value, at: exemplar.time ?? sampleTime, to: batch)
    }
  }
}
