import Commit
import Base
import Journal
import OTLPDecoding

/// An export request whose body is to be decoded: as it came in, or as it comes out of the journal again.
///
/// The body belongs to the caller, who keeps it for the time of the call that gets the request.
@safe
struct ArrivedRequest {
  let signal: ExportSignal
  let encoding: ExportEncoding
  let body: UnsafeRawBufferPointer
  let tenant: TenantID
  let batchID: UInt64
  /// The batch id of its rows if one of its log records has no time.
  let untimedID: UInt64
  let receivedAt: UnixNanoseconds
  let times: TimeWindow
}

extension ExportSignal {
  /// The number in the journal; never changed.
  var journalNumber: UInt8 {
    switch self {
    case .traces: 0
    case .metrics: 1
    case .logs: 2
    }
  }

  init?(journalNumber: UInt8) {
    guard let signal = Self.allCases.first(where: { $0.journalNumber == journalNumber }) else { return nil }
    self = signal
  }
}

extension JournalRecord {
  init(_ request: ArrivedRequest, _ decoded: DecodedRows, latestCommit: Int64) {
    self.init(
      signal: request.signal.journalNumber, encoding: request.encoding == .json ? 1 : 0,
      isRecognisable: decoded.isRecognisable, tenant: request.tenant.rawValue, receivedAt: request.receivedAt.rawValue,
      storedAfter: latestCommit, earliest: request.times.earliest, latest: request.times.latest,
      batchID: decoded.rowsBatchID ?? request.batchID)
  }
}
