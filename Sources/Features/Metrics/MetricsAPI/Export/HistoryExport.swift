import API
import Base
import Engine
import HTTPTypes
import Identity
import MetricsIndex
import MetricsQueries
import Synchronization

/// The body of a response that holds the history of all selected series, made portion by portion as the client reads
/// it.
final class HistoryExport: Sendable {
  /// The most steps of a portion, of which one is in memory for each export.
  ///
  /// 20,000: some 5 MB of text. A portion holds one series at least, which has no more steps than a range may have.
  private static let portionStepsMax = 20_000
  /// The most series of a portion: 5,000, whose labels take 2 MB.
  private static let portionSeriesMax = 5_000

  private enum State: Sendable {
    /// Bytes to send, and the first series of the portion after them.
    case next([UInt8], from: Int)
    case ended
  }

  private let api: MetricsEndpoints
  private let principal: Principal
  private let owner: WorkOwner
  /// The series in their order, found and sorted once; 8 bytes each are kept while a client reads.
  private let ids: [UInt64]
  private let kinds: MetricKinds
  private let reader: HistoryReader
  private let format: ExportFormat
  private let state: Mutex<State>

  /// Reads the first portion, so that whatever is wrong with the request is a problem and not a body that breaks off.
  init(_ call: MetricsCall, reader: HistoryReader, format: ExportFormat) throws {
    guard call[.cursor] == nil else {
      throw Problem.invalid("cursor", "an export holds all series and has no pages; leave it out")
    }
    let source = call.context.series
    api = call.context.api
    principal = call.principal
    owner = call.owner
    ids = try SeriesFilter(call).series(reader.grid.range, in: source).map(\.id)
    kinds = try MetricKinds(source)
    self.reader = reader
    self.format = format
    state = Mutex(.ended)
    let (first, next) = try portion(from: 0, source, call.activity)
    state.withLock { $0 = .next(format.header(reader.aggregations) + first, from: next) }
  }

  func response() -> HTTPResponse {
    let name = "metrics.\(format.rawValue)"
    return HTTPResponse(
      fields: [
        "content-type": format.contentType, "content-disposition": "attachment; filename=\"\(name)\"",
        "cache-control": "no-store",
      ],
      body: .stream { try await self.next() })
  }

  /// The next bytes; nil at the end.
  ///
  /// - Throws: for a client that may no longer read, and when the rest cannot be read.
  func next() async throws -> [UInt8]? {
    while case .next(let bytes, let start) = state.withLock({ $0 }) {
      if !bytes.isEmpty {
        state.withLock { $0 = .next([], from: start) }
        return bytes
      }
      guard start < ids.count else {
        state.withLock { $0 = .ended }
        return nil
      }
      guard api.isActive(principal) else {
        throw ErrorReport(code: "export_ended", message: "the key of an export was revoked while it was read")
      }
      // Each portion is a request of its own to the workers, with a deadline of its own.
      let (portion, next) = try await api.workers.run(for: owner) { [self] activity in
        try self.portion(from: start, api.reader.series(of: principal.tenant, during: activity), activity)
      }
      state.withLock { $0 = .next(portion, from: next) }
    }
    return nil
  }

  /// The text of some series, and the first of those that follow.
  private func portion(
    from start: Int, _ source: TenantSeriesSource, _ activity: QueryActivity
  ) throws -> (text: [UInt8], next: Int) {
    let count = min(Self.portionSeriesMax, max(1, Self.portionStepsMax / reader.grid.count))
    let end = min(ids.count, start + count)
    guard start < end else { return ([], end) }
    let histories = try reader.read(
      source.series(ids: ids[start..<end]), kinds, from: source, isCancelled: { activity.isCancelled })
    return (format.text(histories), end)
  }
}
