package import Base
import Columns
package import Engine
package import Feature
import SQLBuilder
import Telemetry

extension TelemetryReader: SpanReading {
  package func spans(of tenant: TenantID, during activity: QueryActivity) -> any SpanSource {
    telemetry(of: tenant, during: activity)
  }
}

extension TenantTelemetry: SpanSource {
  /// Spans that started longer than this before a time are looked for only in minutes that have a span that long.
  private static let nearLookback: Int64 = 600_000_000_000

  package func spans(ofTrace id: TraceID, limit: Int) throws(QueryFailure) -> KnownSpans {
    guard let place = try placeConditions(of: [id]) else { return KnownSpans() }
    return KnownSpans(try rows(KnownSpansSQL.trace(id, place, limit: limit + 1)), limit: limit)
  }

  package func spans(
    on gpuIDs: [String], overlapping range: TimeRange, limit: Int
  ) throws(QueryFailure) -> KnownSpans {
    let first = Self.time(range.start, minus: SpanReadLimits.lookback)
    let near = Self.time(range.start, minus: Self.nearLookback)
    let starts = TimeRange(start: first, end: range.end)
    guard questionRange != nil else {
      return try asked(about: starts).spans(on: gpuIDs, overlapping: range, limit: limit)
    }
    var found = KnownSpans()
    var known: Set<Identity> = []
    for part in try parts(before: near, from: first, reaching: range.start) + [TimeRange(start: near, end: range.end)] {
      let result = try rows(
        KnownSpansSQL.overlapping(gpuIDs, starting: part, after: range.start.rawValue, limit: limit - found.count + 1))
      found.append(result, limit: limit) { known.insert($0).inserted }
      if found.isCut { break }
    }
    return found
  }

  /// The part of a time whose spans reach a later one, by the longest span of each minute; none where no span does.
  private func parts(
    before near: UnixNanoseconds, from first: UnixNanoseconds, reaching time: UnixNanoseconds
  ) throws(QueryFailure) -> [TimeRange] {
    guard first < near else { return [] }
    let minutes = try sums(KnownSpansSQL.minutes(TimeRange(start: first, end: near), reaching: time.rawValue))
    guard minutes.rowCount > 0 else { return [] }
    let second: Int64 = 1_000_000_000
    let start = (minutes["second"].int(0) ?? 0) * second
    let end = ((minutes["second"].int(minutes.rowCount - 1) ?? 0) + 60) * second
    return [
      TimeRange(
        start: max(UnixNanoseconds(start), first), end: min(max(UnixNanoseconds(end), first), near))
    ]
  }

  private static func time(_ time: UnixNanoseconds, minus nanoseconds: Int64) -> UnixNanoseconds {
    let (earlier, overflows) = time.rawValue.subtractingReportingOverflow(nanoseconds)
    return UnixNanoseconds(overflows ? .min : earlier)
  }

  package func spans(
    on gpuIDs: [String]?, startingIn range: TimeRange, newestFirst: Bool, after place: KnownSpanPlace?, limit: Int
  ) throws(QueryFailure) -> KnownSpans {
    guard questionRange != nil else {
      return try asked(about: range).spans(
        on: gpuIDs, startingIn: range, newestFirst: newestFirst, after: place, limit: limit)
    }
    let select = KnownSpansSQL.list(gpuIDs, range, newestFirst: newestFirst, after: place, limit: limit + 1)
    return KnownSpans(try rows(select), limit: limit)
  }

  package func links(
    ofTraces ids: [TraceID], startingIn range: TimeRange, limit: Int
  ) throws(QueryFailure) -> SpanLinks {
    guard questionRange != nil else {
      return try asked(about: range).links(ofTraces: ids, startingIn: range, limit: limit)
    }
    let result = try rows(KnownSpansSQL.links(ids, range, limit: limit + 1))
    var links = SpanLinks()
    links.isCut = result.rowCount > limit
    let (traces, spans, parents) = (result["trace_id"], result["span_id"], result["parent_span_id"])
    for row in 0..<min(result.rowCount, limit) {
      links.traceIDs.append(traces.traceID(row))
      links.spanIDs.append(SpanID(spans.number(row)))
      links.parentIDs.append(parents.number(row) == 0 ? nil : SpanID(parents.number(row)))
    }
    return links
  }

  package var readableUntil: Int64 { derived.visibleUntil }

  package func hasSpans(startingIn range: TimeRange, storedAfter commit: Int64) throws(QueryFailure) -> Bool {
    guard questionRange != nil else { return try asked(about: range).hasSpans(startingIn: range, storedAfter: commit) }
    guard try visibleUntil(of: .spans) != commit else { return false }
    return try rows(KnownSpansSQL.stored(after: commit, starting: range)).rowCount > 0
  }

  fileprivate struct Identity: Hashable {
    let trace: TraceID
    let span: SpanID
  }
}

extension KnownSpans {
  /// Rows of which no span comes twice.
  fileprivate init(_ result: QueryResult, limit: Int) {
    self.init()
    append(result, limit: limit) { _ in true }
  }

  fileprivate mutating func append(
    _ result: QueryResult, limit: Int, where isNew: (TenantTelemetry.Identity) -> Bool
  ) {
    let (traces, spans, parents) = (result["trace_id"], result["span_id"], result["parent_span_id"])
    let (starts, durations, statuses) = (result["start_ns"], result["duration"], result["status_code"])
    let (names, services, models) = (result["name"], result["service_name"], result["model"])
    let (providers, operations, nodes) = (result["provider"], result["operation"], result["node_id"])
    let (inputs, outputs, gpus) = (result["input_tokens"], result["output_tokens"], result["gpu_ids"])
    let counts = result["counts"]
    for row in 0..<result.rowCount {
      let identity = TenantTelemetry.Identity(trace: traces.traceID(row), span: SpanID(spans.number(row)))
      guard isNew(identity) else { continue }
      guard count < limit else {
        isCut = true
        return
      }
      let start = starts.int(row) ?? 0
      traceIDs.append(identity.trace)
      spanIDs.append(identity.span)
      parentIDs.append(parents.number(row) == 0 ? nil : SpanID(parents.number(row)))
      self.starts.append(start)
      ends.append(start &+ max(0, durations.int(row) ?? 0))
      self.names.append(names.text(row))
      self.statuses.append(KnownSpanStatus(statuses.number(row)))
      self.services.append(services.text(row))
      self.models.append(models.text(row))
      self.providers.append(providers.text(row))
      self.operations.append(operations.text(row))
      inputTokens.append(inputs.unsigned(row))
      outputTokens.append(outputs.unsigned(row))
      gpuIDs.append(gpus.strings(row))
      nodeIDs.append(nodes.text(row))
      self.counts.append(counts.number(row) == 1)
    }
  }
}

extension KnownSpanStatus {
  fileprivate init(_ code: UInt64) {
    self =
      switch code {
      case 1: .ok
      case 2: .error
      default: .unset
      }
  }
}
