package import Columns
package import Telemetry

/// Rows of the table `scores`: what people and programs say of spans, traces and sessions.
package final class ScoreBlock: ArrivingRows {
  package typealias References = NoReferences

  package let tenant = FixedColumn<UInt32>()
  package let id = StringColumn()
  package let version = FixedColumn<UInt64>()
  package let isDeleted = FixedColumn<UInt8>()
  package let time = FixedColumn<Int64>(kind: .timestampNanoseconds)
  package let name = DictionaryColumn()
  package let kind = DictionaryColumn()
  package let number = FixedColumn<Double>()
  package let category = DictionaryColumn()
  package let source = DictionaryColumn()
  package let comment = StringColumn()
  package let author = DictionaryColumn()
  package let traceID = FixedBytesColumn()
  package let spanID = FixedColumn<UInt64>()
  package let sessionID = StringColumn()
  package let batchID = FixedColumn<UInt64>()

  package let listed = SetOnce<ColumnBlock>()

  package init() { listed.set(Self.table.columns(of: self)) }
}

extension ScoreBlock {
  package static let table = BlockTable<ScoreBlock>(
    "scores",
    [
      .init("tenant", "UInt32 CODEC(ZSTD(1))", \.tenant, meaning: "Whose it is."),
      .init(
        "id", "String CODEC(ZSTD(1))", \.id,
        meaning: "The score's id; of rows of one id, that of the greatest `version` counts."),
      .init(
        "version", "UInt64 CODEC(Delta(8), ZSTD(1))", \.version,
        meaning: "When the server took it, in nanoseconds since 1970; each is greater than that of the score before."),
      .init(
        "is_deleted", "UInt8 CODEC(ZSTD(1))", \.isDeleted,
        meaning: "1 for a row that says that the score was deleted, and nothing else."),
      .init("time", "DateTime64(9, 'UTC') CODEC(ZSTD(1))", \.time, meaning: "When it was judged."),
      .init("name", "LowCardinality(String) CODEC(ZSTD(1))", \.name, meaning: "What is judged."),
      .init("kind", "LowCardinality(String) CODEC(ZSTD(1))", \.kind, meaning: "`number`, `category` or `boolean`."),
      .init("number", "Float64 CODEC(ZSTD(1))", \.number, meaning: "The number; of a boolean 1 or 0."),
      .init("category", "LowCardinality(String) CODEC(ZSTD(1))", \.category, meaning: "The category."),
      .init(
        "source", "LowCardinality(String) CODEC(ZSTD(1))", \.source,
        meaning: "Who judges: `human`, `llm`, `code` or `api`."),
      .init("comment", "String CODEC(ZSTD(1))", \.comment, meaning: "Why; empty for none."),
      .init("author", "LowCardinality(String) CODEC(ZSTD(1))", \.author, meaning: "Who it was; empty where not said."),
      .init(
        "trace_id", "FixedString(16) CODEC(ZSTD(1))", \.traceID,
        meaning: "The trace, or that of the span; zero bytes where a session is judged."),
      .init("span_id", "UInt64 CODEC(ZSTD(1))", \.spanID, meaning: "The span; 0 where another thing is judged."),
      .init("session_id", "String CODEC(ZSTD(1))", \.sessionID, meaning: "The session; empty where another is judged."),
      .init("batch_id", "UInt64 CODEC(ZSTD(1))", \.batchID, meaning: SharedMeaning.batchID(of: "score")),
      .init(
        "received_at", "DateTime64(9, 'UTC') CODEC(ZSTD(1))", filler: .commitNanoseconds,
        meaning: SharedMeaning.receivedAt),
    ])
}
