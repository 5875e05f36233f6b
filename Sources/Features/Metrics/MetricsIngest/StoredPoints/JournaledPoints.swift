import Base
import Ingest
import Journal
import System

/// The export requests of metrics in the journal that an earlier version kept as points.
struct JournaledPoints {
  /// The number of such requests in the journal.
  private static let journalKind: UInt8 = 1

  private let pipeline: IngestPipeline
  private let spool: JournalSpool

  init(_ pipeline: IngestPipeline) {
    self.pipeline = pipeline
    spool = JournalSpool(pipeline.journal, signal: Self.journalKind)
    pipeline.leave(Self.journalKind)
  }

  func next() throws(SystemError) -> JournalSpool.Reading? { try spool.next() }

  /// From when on rows of the requests may be in the table, in nanoseconds since 1970; nil where there is no request.
  var storedAfter: Int64? { pipeline.journal.survey.storedAfter[Self.journalKind] }

  func request(_ spooled: SpooledRequest) -> KeptSampleRequest {
    let record = spooled.record
    let earliest = Int64(clamping: record.earliest) / 1_000_000
    return KeptSampleRequest(
      body: Array(spooled.body), encoding: record.encoding == 1 ? .otlpJSON : .otlpProtobuf,
      tenant: TenantID(record.tenant), times: earliest...max(earliest, Int64(clamping: record.latest) / 1_000_000))
  }
}
