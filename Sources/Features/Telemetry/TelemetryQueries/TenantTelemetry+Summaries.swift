import Base
import Columns
import Engine
import SQLBuilder
import Telemetry

extension TenantTelemetry {
  /// Up to this many spans of a page, 2 MB of rows, are counted here: planning a statement for the engine to count them
  /// takes longer.
  static let countedSpanCountMax = 20_000

  /// The summaries of traces by their ids; those of more spans than `limit` are counted by the engine.
  func summaries(
    of ids: [TraceID], within bounds: [SQLFragment], countingHereAtMost limit: Int = Self.countedSpanCountMax
  ) throws(QueryFailure) -> [TraceID: TraceSummary] {
    let spans = try rows(TraceSearchSQL.spans(of: ids, within: bounds, limit: limit + 1))
    if spans.rowCount <= limit { return TraceSummaries(spans).summaries }
    let result = try rows(TraceSearchSQL.details(of: ids, within: bounds))
    var summaries: [TraceID: TraceSummary] = [:]
    for row in 0..<result.rowCount {
      let summary = TraceSearchSQL.summary(result, row)
      summaries[summary.traceID] = summary
    }
    try addTokens(to: &summaries, within: bounds)
    return summaries
  }

  /// The most spans whose nesting is examined at once, 48 MB of rows.
  ///
  /// In a larger trace, the tokens of this many spans count.
  static let nestedSpanCountMax = 1_000_000

  /// Adds the tokens of traces, a few traces at a time.
  private func addTokens(
    to summaries: inout [TraceID: TraceSummary], within bounds: [SQLFragment]
  ) throws(QueryFailure) {
    var rest = summaries.values.sorted { ($0.spanCount, $0.traceID.low) < ($1.spanCount, $1.traceID.low) }[...]
    while let first = rest.first {
      var count = 0
      var spanCount: UInt64 = 0
      while let next = rest.dropFirst(count).first,
        count == 0 || spanCount + next.spanCount <= UInt64(Self.nestedSpanCountMax)
      {
        spanCount += next.spanCount
        count += 1
      }
      let ids = rest.prefix(count).map(\.traceID)
      let isCut = first.spanCount > UInt64(Self.nestedSpanCountMax)
      let rows = try rows(TraceSearchSQL.tokens(of: ids, within: bounds, limit: isCut ? Self.nestedSpanCountMax : nil))
      for (id, tokens) in Self.tokens(rows) {
        summaries[id]?.inputTokens = tokens.input
        summaries[id]?.outputTokens = tokens.output
      }
      rest = rest.dropFirst(count)
    }
  }

  private static func tokens(_ rows: QueryResult) -> [TraceID: NestedTokens] {
    guard rows.rowCount > 0 else { return [:] }
    let (traceIDs, spanIDs, parents) = (rows["trace_id"], rows["span_id"], rows["parent_span_id"])
    let (inputs, outputs) = (rows["input_tokens"], rows["output_tokens"])
    var tokens: [TraceID: NestedTokens] = [:]
    for row in 0..<rows.rowCount {
      tokens[traceIDs.traceID(row), default: NestedTokens()].add(
        spanID: spanIDs.unsigned(row) ?? 0, parentID: parents.unsigned(row) ?? 0, input: inputs.unsigned(row),
        output: outputs.unsigned(row))
    }
    return tokens
  }
}
