import LineProtocol
import MetricsTables
import Series
import SeriesBytes
import Telemetry

/// Appends what a request in line protocol holds: a sample for each field that is a number.
///
/// Its series is called as the measurement and the field with `_` between them, as VictoriaMetrics has it; tags are the labels.
struct LineSamples: LineProtocolVisitor {
  /// Bytes of text of the labels of all series; 128 MiB, as for OTLP.
  ///
  /// Each field repeats the tags of its line, so that a request may have many times its own size.
  static let labelBytesMax = 128 << 20
  private static let metricName = Array(Label.metricName.utf8)

  /// The time of points that have none, in milliseconds since 1970.
  private let time: Int64
  private let appender: SampleAppender
  private let batch: SignalBatch<SampleBlock>
  private var name: [UInt8] = []
  private var labelBytes = 0
  /// Fields that are texts, of which there is no sample.
  private(set) var textFieldCount = 0

  init(time: Int64, appender: SampleAppender, batch: SignalBatch<SampleBlock>) {
    self.time = time
    self.appender = appender
    self.batch = batch
  }

  /// Whether the request has more than it may have; what comes then is left out.
  var isTooLarge: Bool { labelBytes > Self.labelBytesMax }

  mutating func visit(_ point: borrowing LineProtocolPoint) {
    let (bytes, measurement, tags, time) = (point.bytes, point.measurement, point.tags, point.time ?? time)
    let tagBytes = tags.reduce(0) { $0 + $1.name.count + $1.value.count }
    for field in point.fields {
      guard let value = field.value else {
        textFieldCount += 1
        continue
      }
      name.removeAll(keepingCapacity: true)
      name += bytes[measurement]
      name.append(UInt8(ascii: "_"))
      name += bytes[field.name]
      labelBytes += tagBytes + name.count
      guard !isTooLarge else { return }
      append(value, at: time, bytes, tags)
    }
  }

  private func append(_ value: Double, at time: Int64, _ bytes: [UInt8], _ tags: [LabelRange]) {
    let labels = appender.labels
    labels.removeAll()
    unsafe Self.metricName.withUnsafeBytes { key in
      unsafe name.withUnsafeBytes { name in
        unsafe bytes.withUnsafeBytes { bytes in
          unsafe labels.append(key, name)
          for tag in tags {
            unsafe labels.append(
              UnsafeRawBufferPointer(rebasing: bytes[tag.name]), UnsafeRawBufferPointer(rebasing: bytes[tag.value]))
          }
          appender.beginSeries()
          appender.append(value, at: time, to: batch)
          // What they point to ends here.
          labels.removeAll()
        }
      }
    }
  }

  mutating func refuse(_ error: LineProtocolError) { appender.reject("\(error)") }
}
