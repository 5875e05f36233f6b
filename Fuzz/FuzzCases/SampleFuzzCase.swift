import Base
import Columns
import MetricsIndex
import MetricsIngest
import MetricsTables
import Telemetry

/// Properties of what makes rows of requests with samples; the first byte of an input chooses the form.
///
/// It never traps. A refused request leaves the batch as it was. A taken one adds a row for each accepted sample to every column,
/// at most a row for each exemplar that was taken, and of each of these the series is there and the labels are within their limit.
/// Requests that are recognised as one give the same samples whenever they come.
package enum SampleFuzzCase {
  /// A day after the times of the seeds, in milliseconds since 1970: exemplars may be 500 days older.
  private static let latest: Int64 = 1_760_086_400_000
  /// When a request came that comes again at ``latest``.
  private static let earlier: Int64 = 1_760_000_000_000

  package static func run(_ input: [UInt8]) {
    guard let first = input.first else { return }
    let encoding = SampleEncoding.allCases[Int(first) % SampleEncoding.allCases.count]
    check(Array(input.dropFirst()), encoding)
  }

  /// Pushed samples alone.
  package static func pushed(_ input: [UInt8]) { check(input, .pushedJSON) }

  static func decoders() -> SampleDecoders {
    SampleDecoders(
      laneCount: 1, index: SeriesIndex(), limits: SampleLimits(activeSeriesMax: 1_000, exemplarsPerSeriesMax: 4))
  }

  static func check(_ body: [UInt8], _ encoding: SampleEncoding) {
    let decoders = decoders()
    let batch = SignalBatch<SampleBlock>()
    var (samples, exemplars) = (0, 0)
    // Twice: the second request meets series and exemplars that are known.
    for _ in 0..<2 {
      let known = batch.references.exemplars.rowCount
      let decoded = decode(body, encoding, decoders, batch)
      samples += decoded?.accepted ?? 0
      exemplars += decoded?.attached ?? 0
      // rowCount itself demands that all columns are equally long.
      precondition(batch.rowCount == samples, "\(batch.rowCount) rows, \(samples) accepted")
      precondition(batch.references.exemplars.rowCount <= exemplars, "an exemplar from nowhere")
      if decoded == nil { precondition(batch.references.exemplars.rowCount == known, "a refused request left an exemplar") }
    }
    check(batch.references)
    checkRepeat(body, encoding, batch)
  }

  /// - Parameter batch: what the body gave, twice.
  private static func checkRepeat(_ body: [UInt8], _ encoding: SampleEncoding, _ batch: SignalBatch<SampleBlock>) {
    let ids = unsafe body.withUnsafeBytes { bytes in
      [latest, earlier].map { unsafe request(bytes, encoding, receivedAt: $0).batchID }
    }
    guard ids[0] == ids[1] else { return }
    let later = SignalBatch<SampleBlock>()
    _ = decode(body, encoding, decoders(), later, receivedAt: earlier)
    precondition(later.rowCount * 2 == batch.rowCount, "a repeat has other samples")
    for row in 0..<later.rowCount {
      precondition(later.rows.time[row] == batch.rows.time[row], "a repeat has other times")
    }
  }

  private static func request(
    _ body: UnsafeRawBufferPointer, _ encoding: SampleEncoding, receivedAt: Int64
  ) -> SampleRequest {
    unsafe SampleRequest(
      body, encoding, tenant: .default, receivedAt: UnixNanoseconds(receivedAt * 1_000_000), times: 0...latest)
  }

  static func decode(
    _ body: [UInt8], _ encoding: SampleEncoding, _ decoders: SampleDecoders, _ batch: SignalBatch<SampleBlock>,
    deltas: DeltaChanges = DeltaChanges(DeltaSums(seriesMax: 16), tenant: TenantID.default.rawValue),
    areKept: Bool = true, receivedAt: Int64 = latest
  ) -> DecodedRows? {
    let decoded = unsafe body.withUnsafeBytes { bytes -> DecodedRows? in
      let request = unsafe request(bytes, encoding, receivedAt: receivedAt)
      do throws(SampleDecodeError) {
        return try decoders.append(request, to: batch, lane: 0, deltas: deltas)
      } catch {
        return nil
      }
    }
    if decoded != nil { deltas.end(areRowsKept: areKept) }
    return decoded
  }

  private static func check(_ references: SampleReferences) {
    let exemplars = references.exemplars
    let series = Set((0..<references.series.rowCount).map { references.series.seriesID[$0] })
    for row in 0..<exemplars.rowCount {
      precondition(series.contains(exemplars.seriesID[row]), "an exemplar of no series")
      let labels = exemplars.labels[row]
      let count = labels.reduce(0) { $0 + $1.key.unicodeScalars.count + $1.value.unicodeScalars.count }
      precondition(count <= 128, "an exemplar whose labels have \(count) characters")
      precondition(Set(labels.map { Array($0.key.utf8) }).count == labels.count, "an exemplar has a label twice")
    }
  }
}
