package import Base
import Columns
package import Engine
import SQLBuilder
import Telemetry

extension TenantTelemetry {
  /// The columns of a trace that views of all its spans need; nil when no span of it is stored.
  ///
  /// - Parameter spanCountMax: The most spans that are read, those that start first; the skeleton says when there are more.
  package func skeleton(
    of id: TraceID, spanCountMax: Int = Self.traceSpanCountMax
  ) throws(QueryFailure) -> TraceSkeleton? {
    guard let place = try placeConditions(of: [id]) else { return nil }
    var select = TraceSkeletonSQL.rows(of: id, place, limit: spanCountMax + 1)
    var result = try rows(select)
    if result.rowCount > spanCountMax {
      // Which of them start first only the engine can say, and copies must not take the place of other spans.
      select.orderBy = ["start_time", "span_id", "duration_ns DESC"]
      select.limitBy = (1, ["span_id"])
      select.threadCount = nil
      select.isPlannedAsWritten = false
      result = try rows(select)
    }
    guard result.rowCount > 0 else { return nil }
    return TraceSkeleton(id, result, spanCountMax: spanCountMax)
  }

  /// A span of a trace, whole; nil when it is not stored.
  package func span(_ spanID: SpanID, of id: TraceID) throws(QueryFailure) -> StoredSpan? {
    guard let place = try placeConditions(of: [id]) else { return nil }
    var select = Select(
      SpanColumns.main, from: .spans, where: [Self.isTrace(id), "span_id = \(spanID.rawValue)"] + place,
      orderBy: ["start_time", "duration_ns DESC"], limit: 1)
    select.threadCount = 1
    return try storedSpans(select).first
  }
}

enum TraceSkeletonSQL {
  static func rows(of id: TraceID, _ place: [SQLFragment], limit: Int) -> Select {
    var select = Select(
      [
        "span_id", "parent_span_id", "name", "service_name", "kind", "status_code",
        "toUnixTimestamp64Nano(start_time) AS start_ns", "duration_ns", "provider", "operation",
        "if(request_model != '', request_model, response_model) AS model", "input_tokens", "output_tokens",
        "cached_tokens", "ttft_ns", "tpot_ns", "gpu_ids",
      ], from: .spans, where: [TenantTelemetry.isTrace(id)] + place, limit: limit)
    select.threadCount = 1
    select.isPlannedAsWritten = true
    return select
  }
}

extension TraceSkeleton {
  /// The skeleton of rows of ``TraceSkeletonSQL``, of which there MUST be one.
  fileprivate init(_ id: TraceID, _ result: QueryResult, spanCountMax: Int) {
    let columns = SkeletonColumns(result)
    let all = columns.distinctSpans
    let rows = all.prefix(spanCountMax)
    let start = rows.first.map { columns.start.time($0).rawValue } ?? 0
    var spans = Spans()
    var calls = Calls()
    var gpus = GPUs()
    var tokens = NestedTokens()
    var end = start
    for (place, row) in rows.enumerated() {
      spans.append(columns, row, traceStart: start)
      end = max(end, start &+ (spans.startNanoseconds.last ?? 0) &+ (spans.durationNanoseconds.last ?? 0))
      calls.append(columns, row, place)
      gpus.append(columns, row, place)
      tokens.add(
        spanID: columns.spanID.number(row), parentID: columns.parent.number(row), input: columns.input.unsigned(row),
        output: columns.output.unsigned(row))
    }
    spans.setParents(rows.map { columns.parent.number($0) })
    self.init(
      traceID: id, isTruncated: all.count > spanCountMax, start: UnixNanoseconds(start),
      durationNanoseconds: end &- start, errorCount: spans.statuses.count { $0 == .error }, inputTokens: tokens.input,
      outputTokens: tokens.output, spans: spans, calls: calls, gpus: gpus)
  }
}

/// The columns of the rows, looked up once.
private struct SkeletonColumns {
  let spanID, parent, name, service, kind, status, start, duration, provider, operation, model: ResultColumn
  let input, output, cached, firstToken, perToken, gpus: ResultColumn
  private let rowCount: Int

  init(_ result: QueryResult) {
    rowCount = result.rowCount
    spanID = result["span_id"]
    parent = result["parent_span_id"]
    name = result["name"]
    service = result["service_name"]
    kind = result["kind"]
    status = result["status_code"]
    start = result["start_ns"]
    duration = result["duration_ns"]
    provider = result["provider"]
    operation = result["operation"]
    model = result["model"]
    input = result["input_tokens"]
    output = result["output_tokens"]
    cached = result["cached_tokens"]
    firstToken = result["ttft_ns"]
    perToken = result["tpot_ns"]
    gpus = result["gpu_ids"]
  }

  /// A row of each span by start, then id: of a span that is stored several times the one that starts first, and of
  /// those the longest.
  var distinctSpans: [Int] {
    let keys = (0..<rowCount).map { row in
      (start: start.int(row) ?? 0, spanID: spanID.number(row), duration: duration.int(row) ?? 0)
    }
    var known: Set<UInt64> = []
    known.reserveCapacity(rowCount)
    return keys.indices.sorted { left, right in
      (keys[left].start, keys[left].spanID, keys[right].duration)
        < (keys[right].start, keys[right].spanID, keys[left].duration)
    }
    .filter { known.insert(keys[$0].spanID).inserted }
  }
}

extension TraceSkeleton.Spans {
  fileprivate mutating func append(_ columns: SkeletonColumns, _ row: Int, traceStart: Int64) {
    ids.append(SpanID(columns.spanID.number(row)))
    names.append(columns.name.bytes(row) ?? [])
    services.append(columns.service.bytes(row) ?? [])
    kinds.append(SpanKind(rawValue: columns.kind.uint8(row)) ?? .unspecified)
    statuses.append(SpanStatus(rawValue: columns.status.uint8(row)) ?? .unset)
    startNanoseconds.append((columns.start.int(row) ?? 0) &- traceStart)
    // 0 where the sender's clock went back, as wherever durations are shown.
    durationNanoseconds.append(max(0, columns.duration.int(row) ?? 0))
  }

  /// - Parameter parentIDs: The parent of each span, 0 at a root.
  fileprivate mutating func setParents(_ parentIDs: [UInt64]) {
    var places: [UInt64: Int] = [:]
    places.reserveCapacity(ids.count)
    for (place, id) in ids.enumerated() { places[id.rawValue] = place }
    for id in parentIDs {
      guard id != 0 else {
        parents.append(nil)
        continue
      }
      let place = places[id] ?? ids.count + missingParents.count
      if place == ids.count + missingParents.count {
        missingParents.append(SpanID(id))
        places[id] = place
      }
      parents.append(place)
    }
  }
}

extension TraceSkeleton.Calls {
  fileprivate mutating func append(_ columns: SkeletonColumns, _ row: Int, _ place: Int) {
    let texts = [columns.provider, columns.operation, columns.model].map { $0.bytes(row) ?? [] }
    let counts = [columns.input, columns.output, columns.cached].map { $0.unsigned(row) }
    let times = [columns.firstToken, columns.perToken].map { $0.int(row) }
    guard
      texts.contains(where: { !$0.isEmpty }) || counts.contains(where: { $0 != nil })
        || times.contains(where: { $0 != nil })
    else { return }
    places.append(place)
    providers.append(texts[0])
    operations.append(texts[1])
    models.append(texts[2])
    inputTokens.append(counts[0])
    outputTokens.append(counts[1])
    cachedTokens.append(counts[2])
    firstTokenNanoseconds.append(times[0])
    perTokenNanoseconds.append(times[1])
  }
}

extension TraceSkeleton.GPUs {
  fileprivate mutating func append(_ columns: SkeletonColumns, _ row: Int, _ place: Int) {
    let (elements, range) = columns.gpus.list(row)
    for element in range {
      places.append(place)
      ids.append(elements.bytes(element) ?? [])
    }
  }
}
