import Base
import Columns
import MetricsIndex
import MetricsIngest
import MetricsTables
import Telemetry

/// Properties of OTLP's metrics on their way to samples, beside those of ``SampleFuzzCase``.
///
/// A request that is not kept leaves the running sums of deltas as they were. One that is kept counts once: when it comes again,
/// no delta of it is taken.
package enum OTLPMetricsFuzzCase {
  package static func protobuf(_ input: [UInt8]) { run(input, .otlpProtobuf) }
  package static func json(_ input: [UInt8]) { run(input, .otlpJSON) }

  private static func run(_ input: [UInt8], _ encoding: SampleEncoding) {
    SampleFuzzCase.check(input, encoding)
    let kept = DeltaSums(seriesMax: 100_000)
    let undone = DeltaSums(seriesMax: 100_000)
    guard let first = rows(of: input, encoding, kept, areKept: true) else { return }
    precondition(rows(of: input, encoding, undone, areKept: false) == first, "the first request differs")
    precondition(rows(of: input, encoding, undone, areKept: true) == first, "what was undone counts")
    let again = rows(of: input, encoding, kept, areKept: true)
    precondition(again == rows(of: input, encoding, undone, areKept: true), "the sums differ")
    precondition((again?.count ?? 0) <= first.count, "a repeat has more samples")
  }

  private struct Row: Equatable {
    let series: UInt64
    let time: Int64
    let number: Int64
    let scale: UInt8
  }

  private static func rows(
    of body: [UInt8], _ encoding: SampleEncoding, _ sums: DeltaSums, areKept: Bool
  ) -> [Row]? {
    let decoders = SampleFuzzCase.decoders()
    let batch = SignalBatch<SampleBlock>()
    let deltas = DeltaChanges(sums, tenant: TenantID.default.rawValue)
    guard SampleFuzzCase.decode(body, encoding, decoders, batch, deltas: deltas, areKept: areKept) != nil else {
      return nil
    }
    let rows = batch.rows
    return (0..<batch.rowCount).map { row in
      Row(series: rows.seriesID[row], time: rows.time[row], number: rows.number[row], scale: rows.scale[row])
    }
  }
}
