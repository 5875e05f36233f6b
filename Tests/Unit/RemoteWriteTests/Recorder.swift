import RemoteWrite
import SeriesBytes

/// What a decoder handed over, as texts.
struct Recorder: RemoteWriteVisitor {
  struct Series: Equatable {
    var labels: [String]
    var samples: [RemoteWriteSample]
    var exemplars: [String] = []
    var refusedExemplars = 0
    var histograms = 0
    var metadata: [String]?
    var fault: RemoteWriteFault?
  }

  let body: [UInt8]
  var series: [Series] = []
  var metadata: [[String]] = []

  init(_ body: [UInt8]) { self.body = body }

  mutating func visit(_ series: borrowing RemoteWriteSeries) {
    let exemplarLabels = texts(series.exemplarLabels)
    self.series.append(
      Series(
        labels: texts(series.labels), samples: series.samples,
        exemplars: series.exemplars.map {
          "\($0.value)@\($0.time) \(exemplarLabels[$0.labels].joined(separator: ","))"
        },
        refusedExemplars: series.refusedExemplarCount, histograms: series.nativeHistogramCount,
        metadata: series.metadata.map(texts), fault: series.fault))
  }

  mutating func visit(_ metadata: RemoteWriteMetadata) { self.metadata.append(texts(metadata)) }

  private func texts(_ labels: [LabelRange]) -> [String] { labels.map { "\(text($0.name))=\(text($0.value))" } }

  private func texts(_ metadata: RemoteWriteMetadata) -> [String] {
    ["\(metadata.type)", text(metadata.family), text(metadata.unit), text(metadata.help)]
  }

  private func text(_ range: Range<Int>) -> String { String(decoding: body[range], as: UTF8.self) }
}

/// Decodes a request whole.
func record(
  _ body: [UInt8], _ message: RemoteWriteMessage, limits: RemoteWriteLimits = RemoteWriteLimits(),
  _ decoder: RemoteWriteDecoder? = nil
) throws(RemoteWriteError) -> (Recorder, RemoteWriteCounts) {
  var recorder = Recorder(body)
  let decoder = decoder ?? RemoteWriteDecoder(limits: limits)
  let result: Result<RemoteWriteCounts, RemoteWriteError> = unsafe body.withUnsafeBytes { bytes in
    Result { () throws(RemoteWriteError) in try unsafe decoder.decode(bytes, as: message, into: &recorder) }
  }
  return (recorder, try result.get())
}
