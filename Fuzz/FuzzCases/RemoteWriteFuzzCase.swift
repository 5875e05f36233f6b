import RemoteWrite
import SeriesBytes

/// Properties of the decoder of remote write: it never traps, its ranges lie in the request, and a series without a
/// mistake is the same after it was encoded again.
package enum RemoteWriteFuzzCase {
  package static func run(_ input: [UInt8]) {
    for message in RemoteWriteMessage.allCases {
      var first = Copier(body: input, encoder: RemoteWriteEncoder(message))
      guard let count = decode(input, message, &first) else { continue }
      precondition(count >= first.count, "\(first.count) series were passed on, \(count) counted")
      let body = first.encoder.finish()
      var second = Copier(body: body, encoder: RemoteWriteEncoder(message))
      precondition(decode(body, message, &second) == first.count, "series were lost")
      precondition(second.count == first.count, "a series has a mistake after it was encoded")
      precondition(second.encoder.finish() == body, "a series was encoded differently")
    }
  }

  private static func decode(_ body: [UInt8], _ message: RemoteWriteMessage, _ copier: inout Copier) -> Int? {
    unsafe body.withUnsafeBytes { bytes in
      try? unsafe RemoteWriteDecoder().decode(bytes, as: message, into: &copier).series
    }
  }

  /// Encodes the series without a mistake again.
  private struct Copier: RemoteWriteVisitor {
    let body: [UInt8]
    var encoder: RemoteWriteEncoder
    var count = 0

    mutating func visit(_ series: borrowing RemoteWriteSeries) {
      let all = labels(series.exemplarLabels)
      let exemplars = series.exemplars.map { exemplar in
        RemoteWriteEncoder.Exemplar(
          labels: Array(all[exemplar.labels]), value: exemplar.value, time: exemplar.time)
      }
      let metadata = series.metadata.map { metadata in
        RemoteWriteEncoder.Metadata(type: metadata.type, unit: text(metadata.unit), help: text(metadata.help))
      }
      let own = labels(series.labels)
      guard series.fault == nil, !series.samples.isEmpty else { return }
      encoder.append(labels: own, samples: series.samples, exemplars: exemplars, metadata: metadata)
      count += 1
    }

    mutating func visit(_ metadata: RemoteWriteMetadata) {
      precondition(!text(metadata.family).isEmpty, "metadata without a family")
      precondition(text(metadata.help).utf8.count <= body.count * 3, "a help text from nowhere")
    }

    private func labels(_ ranges: [LabelRange]) -> [RemoteWriteEncoder.Label] {
      ranges.map { (name: text($0.name), value: text($0.value)) }
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: body[range], as: UTF8.self) }
  }
}
