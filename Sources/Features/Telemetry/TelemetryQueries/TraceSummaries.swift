import Base
import Columns
import Engine
import Telemetry

/// Counts spans into the summaries of their traces, as the engine does it for traces of many spans.
struct TraceSummaries {
  /// The summaries.
  ///
  /// Each trace's place is its own start.
  private(set) var summaries: [TraceID: TraceSummary] = [:]
  private var ends: [TraceID: Int64] = [:]
  private var roots: [TraceID: (start: Int64, spanID: UInt64)] = [:]
  private var services: [TraceID: [String: ServiceCount]] = [:]
  private var models: [TraceID: Set<String>] = [:]
  private var tokens: [TraceID: NestedTokens] = [:]

  private struct SpanKey: Hashable {
    let traceID: TraceID
    let spanID: UInt64
  }

  /// Counts the rows of ``TraceSearchSQL/spans(of:within:limit:)``.
  ///
  /// Repeated spans count once.
  init(_ rows: QueryResult) {
    guard rows.rowCount > 0 else { return }
    let columns = Columns(rows)
    for row in Self.distinctSpans(columns, rowCount: rows.rowCount) { add(columns, row) }
    for (id, counts) in services { summaries[id]?.services = counts.values.sorted { $0.name < $1.name } }
    for (id, names) in models { summaries[id]?.models = names.sorted() }
    for (id, counts) in tokens {
      summaries[id]?.inputTokens = counts.input
      summaries[id]?.outputTokens = counts.output
    }
  }

  /// A row of each span: of a span that is stored several times the one that starts first, and of those the longest.
  private static func distinctSpans(_ columns: Columns, rowCount: Int) -> [Int] {
    var rows: [SpanKey: Int] = [:]
    rows.reserveCapacity(rowCount)
    func order(_ row: Int) -> (Int64, Int64) { (columns.start.int(row) ?? 0, -(columns.duration.int(row) ?? 0)) }
    for row in 0..<rowCount {
      let key = SpanKey(traceID: columns.traceID.traceID(row), spanID: columns.spanID.unsigned(row) ?? 0)
      if let known = rows[key], order(known) <= order(row) { continue }
      rows[key] = row
    }
    return rows.values.sorted()
  }

  private mutating func add(_ columns: Columns, _ row: Int) {
    let id = columns.traceID.traceID(row)
    let spanID = columns.spanID.unsigned(row) ?? 0
    let parentID = columns.parent.unsigned(row) ?? 0
    let start = columns.start.int(row) ?? 0
    let end = start &+ max(0, columns.duration.int(row) ?? 0)
    let isFailed = columns.status.unsigned(row) == 2
    var summary = summaries[id] ?? TraceSummary(id, start: start)
    summary.start = min(summary.start, UnixNanoseconds(start))
    ends[id] = max(ends[id] ?? end, end)
    summary.durationNanoseconds = (ends[id] ?? end) &- summary.start.rawValue
    summary.place.key = summary.start.rawValue
    summary.spanCount += 1
    summary.errorCount += isFailed ? 1 : 0
    let service = columns.service.string(row) ?? ""
    if parentID == 0, (start, spanID) < roots[id] ?? (.max, .max) {
      roots[id] = (start, spanID)
      summary.rootName = columns.name.string(row)
      summary.rootService = service
    }
    summaries[id] = summary
    services[id, default: [:]][service, default: ServiceCount(name: service, spanCount: 0, errorCount: 0)]
      .add(isFailed: isFailed)
    for model in [columns.requestModel.string(row), columns.responseModel.string(row)] {
      if let model, !model.isEmpty { models[id, default: []].insert(model) }
    }
    tokens[id, default: NestedTokens()].add(
      spanID: spanID, parentID: parentID, input: columns.inputTokens.unsigned(row),
      output: columns.outputTokens.unsigned(row))
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
