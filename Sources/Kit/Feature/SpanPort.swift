package import Base
package import Engine
import Synchronization

/// Reads what other slices may know of spans; the slice that stores spans offers it.
package protocol SpanReading: Sendable {
  /// The spans of a tenant, for the time of one request, on a thread that may block.
  func spans(of tenant: TenantID, during activity: QueryActivity) -> any SpanSource
}

/// The spans of one tenant, for the time of one request.
///
/// Every read has a limit and says when it was cut. Rows that were acknowledged before the request are read too; a span that
/// is stored several times comes once. Errors are ``Engine/QueryFailure``s.
package protocol SpanSource: Sendable {
  /// The spans of a trace, by start.
  func spans(ofTrace id: TraceID, limit: Int) throws(QueryFailure) -> KnownSpans

  /// Spans that name some of the GPUs, or parts of GPUs, and overlap a time, in no order.
  ///
  /// They may start before the time, by ``SpanReadLimits/lookback`` at most.
  func spans(on gpuIDs: [String], overlapping range: TimeRange, limit: Int) throws(QueryFailure) -> KnownSpans

  /// Spans that name some of the GPUs and start in a time, the newest first, after a place in that order.
  ///
  /// - Parameter gpuIDs: nil for spans that name any GPU.
  func spans(
    on gpuIDs: [String]?, startingIn range: TimeRange, newestFirst: Bool, after place: KnownSpanPlace?, limit: Int
  ) throws(QueryFailure) -> KnownSpans

  /// Which span is within which, of all spans of some traces that start in a time.
  func links(ofTraces ids: [TraceID], startingIn range: TimeRange, limit: Int) throws(QueryFailure) -> SpanLinks

  /// The time of a commit: of it and of all before it every span is read, without those that are not stored yet.
  var readableUntil: Int64 { get }

  /// Whether spans that start in a time were stored after the commit of some ``readableUntil``.
  func hasSpans(startingIn range: TimeRange, storedAfter commit: Int64) throws(QueryFailure) -> Bool

  /// Whether what was read lacks spans that were acknowledged, because the store cannot take them at present.
  var isIncomplete: Bool { get }
}

/// Limits of reading spans through ``SpanSource``.
package enum SpanReadLimits {
  /// How long before a time a span may have started that is still found to overlap it: a day, as partitions of the store are
  /// of one.
  ///
  /// A longer span is found at the times near its start only.
  package static let lookback: Int64 = 86_400_000_000_000
}

/// A place in the order of ``SpanSource/spans(on:startingIn:newestFirst:after:limit:)``.
package struct KnownSpanPlace: Sendable, Hashable {
  package var start: UnixNanoseconds
  package var traceID: TraceID
  package var spanID: SpanID

  package init(start: UnixNanoseconds, traceID: TraceID, spanID: SpanID) {
    self.start = start
    self.traceID = traceID
    self.spanID = spanID
  }
}

/// How a span ended, as OpenTelemetry has it.
package enum KnownSpanStatus: String, Sendable, CaseIterable {
  case unset, ok, error
}

/// What is known of some spans, as columns of equal length.
package struct KnownSpans: Sendable {
  package var traceIDs: [TraceID] = []
  package var spanIDs: [SpanID] = []
  /// Nil at the root of a trace.
  package var parentIDs: [SpanID?] = []
  /// In nanoseconds since 1970.
  package var starts: [Int64] = []
  /// Not before the start.
  package var ends: [Int64] = []
  package var names: [String] = []
  package var statuses: [KnownSpanStatus] = []
  package var services: [String] = []
  /// The model that was asked for, or else the one that responded; empty for none.
  package var models: [String] = []
  package var providers: [String] = []
  package var operations: [String] = []
  package var inputTokens: [UInt64?] = []
  package var outputTokens: [UInt64?] = []
  /// The GPUs, or parts of GPUs, that each ran on.
  package var gpuIDs: [[String]] = []
  package var nodeIDs: [String] = []
  /// Whether its tokens count: it is not a copy, nor around a span with tokens.
  package var counts: [Bool] = []
  /// Whether there are more spans than were to be read.
  package var isCut = false

  package init() {}

  package var count: Int { spanIDs.count }

  /// Where a list goes on behind its last span; nil where it is not cut.
  package var nextPlace: KnownSpanPlace? {
    guard isCut, let start = starts.last, let trace = traceIDs.last, let span = spanIDs.last else { return nil }
    return KnownSpanPlace(start: UnixNanoseconds(start), traceID: trace, spanID: span)
  }
}

/// Spans and the spans that they are within, as columns of equal length.
package struct SpanLinks: Sendable {
  package var traceIDs: [TraceID] = []
  package var spanIDs: [SpanID] = []
  package var parentIDs: [SpanID?] = []
  /// Whether there are more links than were to be read.
  package var isCut = false

  package init() {}
}

/// Where slices of a server meet over spans, since they do not know each other.
///
/// One offers its reader when it is made; others ask for it for a request.
package final class SpanPort: Sendable {
  private let offered = Mutex<(any SpanReading)?>(nil)

  package init() {}

  package func offer(_ reader: any SpanReading) { offered.withLock { $0 = reader } }

  /// Nil where no slice of the server stores spans.
  package var reader: (any SpanReading)? { offered.withLock { $0 } }
}
