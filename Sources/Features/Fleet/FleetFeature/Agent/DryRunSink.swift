import Base
import Commands
import Compression
import Feature
import JSON
import RemoteWrite
import SeriesBytes
import Synchronization

/// Takes samples to show them.
final class DryRunSink: SampleSink {
  private let request = Mutex<[UInt8]>([])

  func store(_ request: [UInt8], sampleCount: Int, of tenant: TenantID) -> SampleOutcome {
    self.request.withLock { $0 += request }
    return .stored()
  }

  /// - Parameter problems: what could not be collected, and why.
  func writeTable(_ context: CommandContext, _ problems: [String]) {
    let (samples, byteCount, sentByteCount) = read()
    var table = Table([
      .init(title: "METRIC"), .init(title: "LABELS", isFlexible: true), .init(title: "VALUE", isNumber: true),
    ])
    for sample in samples {
      table.append([
        sample.name, sample.labels.map { "\($0.name)=\($0.value)" }.joined(separator: " "),
        NumberText.number(sample.value),
      ])
    }
    context.print(table)
    for problem in problems { context.print("Not available: \(problem)") }
    context.print(
      "\(samples.count) samples, \(ByteCountText.format(byteCount)), compressed "
        + "\(ByteCountText.format(sentByteCount)). Nothing was sent.")
  }

  /// One line of JSON.
  func writeJSON(_ context: CommandContext, _ problems: [String]) {
    let (samples, byteCount, sentByteCount) = read()
    context.printJSON { json in
      json.member("request_bytes", byteCount)
      json.member("compressed_bytes", sentByteCount)
      json.key("problems")
      json.array { json in for problem in problems { json.string(problem) } }
      json.key("samples")
      json.array { json in
        for sample in samples {
          json.object { json in
            json.member("name", sample.name)
            json.key("labels")
            json.object { json in for label in sample.labels { json.member(label.name, label.value) } }
            json.member("value", sample.value)
          }
        }
      }
    }
  }

  private func read() -> (samples: [ReadSamples.Sample], byteCount: Int, sentByteCount: Int) {
    let request = self.request.withLock { $0 }
    var visitor = ReadSamples(request: request)
    // SAFETY: the array's memory lives during the call.
    let counts = unsafe request.withUnsafeBytes { bytes in
      try? unsafe RemoteWriteDecoder().decode(bytes, as: .version1, into: &visitor)
    }
    precondition(counts != nil, "a request that was just written cannot be read")
    return (visitor.samples, request.count, SnappyBlock.encode(request).count)
  }
}

private struct ReadSamples: RemoteWriteVisitor {
  struct Sample {
    var name = ""
    var labels: [(name: String, value: String)] = []
    var value = 0.0
  }

  let request: [UInt8]
  var samples: [Sample] = []

  mutating func visit(_ series: borrowing RemoteWriteSeries) {
    var sample = Sample()
    for label in series.labels {
      let (name, value) = (text(label.name), text(label.value))
      if name == "__name__" { sample.name = value } else { sample.labels.append((name, value)) }
    }
    for one in series.samples {
      sample.value = one.value
      samples.append(sample)
    }
  }

  mutating func visit(_ metadata: RemoteWriteMetadata) {}

  private func text(_ range: Range<Int>) -> String { String(decoding: request[range], as: UTF8.self) }
}
