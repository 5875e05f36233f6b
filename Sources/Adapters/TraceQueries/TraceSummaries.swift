import Ground
import StorePorts

/// Counts spans into the summaries of their traces, as the engine does it for traces of many spans.
struct TraceSummaries {
  /// The summaries so far. Each trace's place is its own start.
  private(set) var summaries: [TraceID: TraceSummary] = [:]
  private var known: Set<SpanKey> = []
  private var ends: [TraceID: Int64] = [:]
  private var rootStarts: [TraceID: Int64] = [:]
  private var services: [TraceID: [String: ServiceCount]] = [:]
  private var models: [TraceID: Set<String>] = [:]

  private struct SpanKey: Hashable {
    let traceID: TraceID
    let spanID: UInt64
  }

  /// Counts the rows of ``TraceSearchSQL/spans(of:within:limit:)``. Repeated spans count once.
  ///
  /// - Parameter isWanted: Whether a trace of such a duration, in nanoseconds, is counted; it is asked once for each.
  init(_ rows: QueryResult, where isWanted: (_ durationNanoseconds: Int64) -> Bool = { _ in true }) {
    let columns = Columns(rows)
    let durations = Self.durations(columns, rowCount: rows.rowCount)
    let wanted = Set(durations.filter { isWanted($0.value) }.keys)
    for row in 0..<rows.rowCount where wanted.contains(columns.traceID.traceID(row)) { add(columns, row) }
    for (id, counts) in services { summaries[id]?.services = counts.values.sorted { $0.name < $1.name } }
    for (id, names) in models { summaries[id]?.models = names.sorted() }
  }

  /// From the start of each trace's first span to the end of its last.
  private static func durations(_ columns: Columns, rowCount: Int) -> [TraceID: Int64] {
    var bounds: [TraceID: (start: Int64, end: Int64)] = [:]
    for row in 0..<rowCount {
      let start = columns.start.int(row) ?? 0
      let end = start &+ (columns.duration.int(row) ?? 0)
      let id = columns.traceID.traceID(row)
      let known = bounds[id] ?? (start, end)
      bounds[id] = (min(known.start, start), max(known.end, end))
    }
    return bounds.mapValues { $0.end &- $0.start }
  }

  private mutating func add(_ columns: Columns, _ row: Int) {
    let id = columns.traceID.traceID(row)
    guard known.insert(SpanKey(traceID: id, spanID: columns.spanID.unsigned(row) ?? 0)).inserted else { return }
    let start = columns.start.int(row) ?? 0
    let end = start &+ (columns.duration.int(row) ?? 0)
    let isFailed = columns.status.unsigned(row) == 2
    var summary = summaries[id] ?? TraceSummary(id, start: start)
    summary.start = min(summary.start, UnixNanoseconds(start))
    ends[id] = max(ends[id] ?? end, end)
    summary.durationNanoseconds = (ends[id] ?? end) &- summary.start.rawValue
    summary.place.key = summary.start.rawValue
    summary.spanCount += 1
    summary.errorCount += isFailed ? 1 : 0
    summary.inputTokens &+= columns.inputTokens.unsigned(row) ?? 0
    summary.outputTokens &+= columns.outputTokens.unsigned(row) ?? 0
    let service = columns.service.string(row) ?? ""
    if columns.parent.unsigned(row) == 0, start < rootStarts[id] ?? .max {
      rootStarts[id] = start
      summary.rootName = columns.name.string(row)
      summary.rootService = service
    }
    summaries[id] = summary
    services[id, default: [:]][service, default: ServiceCount(name: service, spanCount: 0, errorCount: 0)]
      .add(isFailed: isFailed)
    for model in [columns.requestModel.string(row), columns.responseModel.string(row)] {
      if let model, !model.isEmpty { models[id, default: []].insert(model) }
    }
  }

  /// The columns of the rows, looked up once.
  private struct Columns {
    let traceID, spanID, parent, name, service, start, duration, status: ResultColumn
    let requestModel, responseModel, inputTokens, outputTokens: ResultColumn

    init(_ rows: QueryResult) {
      traceID = rows["trace_id"]
      spanID = rows["span_id"]
      parent = rows["parent_span_id"]
      name = rows["name"]
      service = rows["service_name"]
      start = rows["start_ns"]
      duration = rows["duration_ns"]
      status = rows["status_code"]
      requestModel = rows["request_model"]
      responseModel = rows["response_model"]
      inputTokens = rows["input_tokens"]
      outputTokens = rows["output_tokens"]
    }
  }
}

extension TraceSummary {
  fileprivate init(_ id: TraceID, start: Int64) {
    self.init(
      traceID: id, place: TracePlace(key: start, traceID: id), start: UnixNanoseconds(start), durationNanoseconds: 0,
      spanCount: 0, errorCount: 0, services: [], models: [], inputTokens: 0, outputTokens: 0)
  }
}

extension ServiceCount {
  fileprivate mutating func add(isFailed: Bool) {
    spanCount += 1
    errorCount += isFailed ? 1 : 0
  }
}
