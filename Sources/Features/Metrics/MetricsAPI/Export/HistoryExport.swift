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
  /// The most series of a portion.
  ///
  /// 5,000: the list of all series is made for each portion, so that none is kept while a client reads slowly.
  private static let portionSeriesMax = 5_000

  private enum State: Sendable {
    case next([UInt8], after: Cursor?)
    case ended
  }

  private let api: MetricsEndpoints
  private let principal: Principal
  private let owner: WorkOwner
  private let filter: SeriesFilter
  private let reader: HistoryReader
  private let format: ExportFormat
  private let state: Mutex<State>

  /// Reads the first portion, so that whatever is wrong with the request is a problem and not a body that breaks off.
  init(_ call: MetricsCall, reader: HistoryReader, format: ExportFormat) throws {
    guard call[.cursor] == nil else {
      throw Problem.invalid("cursor", "an export holds all series and has no pages; leave it out")
    }
    api = call.context.api
    principal = call.principal
    owner = call.owner
    filter = try SeriesFilter(call)
    self.reader = reader
    self.format = format
    state = Mutex(.ended)
    let (first, cursor) = try portion(after: nil, call.activity)
    state.withLock { $0 = .next(format.header(reader.aggregations) + first, after: cursor) }
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

  /// The next bytes; nil at the end, and for a client that may no longer read.
  func next() async throws -> [UInt8]? {
    while case .next(let bytes, let cursor) = state.withLock({ $0 }) {
      guard let cursor else {
        state.withLock { $0 = .ended }
        return bytes.isEmpty ? nil : bytes
      }
      if !bytes.isEmpty {
        state.withLock { $0 = .next([], after: cursor) }
        return bytes
      }
      guard api.isActive(principal) else {
        throw ErrorReport(code: "export_ended", message: "the key of an export was revoked while it was read")
      }
      // Each portion is a request of its own to the workers, with a deadline of its own.
      let (portion, next) = try await api.workers.run(for: owner) { [self] activity in
        try self.portion(after: cursor, activity)
      }
      state.withLock { $0 = .next(portion, after: next) }
    }
    return nil
  }

  private func portion(after cursor: Cursor?, _ activity: QueryActivity) throws -> ([UInt8], Cursor?) {
    let source = api.reader.series(of: principal.tenant, during: activity)
    let all = try filter.series(reader.grid.range, in: source)
    let start = cursor.map { SeriesPage.place(after: $0, in: all) ?? all.count } ?? 0
    let count = min(Self.portionSeriesMax, max(1, Self.portionStepsMax / reader.grid.count))
    let end = min(all.count, start + count)
    guard start < end else { return ([], nil) }
    let series = Array(all[start..<end])
    let histories = try reader.read(
      series, MetricKinds(source), from: source, isCancelled: { activity.isCancelled })
    let next = end < all.count ? Cursor(after: all[end - 1], in: reader.grid.range.timeRange) : nil
    return (format.text(histories), next)
  }
}
