package import Columns

/// Rows of the table `spans`.
package final class SpanBlock: TelemetryBlock {
  package let tenant = FixedColumn<UInt32>()
  /// 16 big-endian bytes, never all zero.
  package let traceID = FixedBytesColumn()
  package let spanID = FixedColumn<UInt64>()
  /// 0 at the root.
  package let parentSpanID = FixedColumn<UInt64>()
  package let flags = FixedColumn<UInt32>()
  package let name = DictionaryColumn()
  /// A raw value of `SpanKind`.
  package let kind = FixedColumn<UInt8>()
  package let startTime = FixedColumn<Int64>(kind: .timestampNanoseconds)
  /// End minus start; negative when a client's clock went back between them.
  package let durationNanoseconds = FixedColumn<Int64>()
  /// A raw value of `SpanStatus`.
  package let statusCode = FixedColumn<UInt8>()
  package let statusMessage = StringColumn()
  package let serviceName = DictionaryColumn()
  package let resourceID = FixedColumn<UInt64>()
  package let scopeName = DictionaryColumn()
  package let scopeVersion = DictionaryColumn()
  package let scopeID = FixedColumn<UInt64>()
  package let attributes = MapColumn()
  /// What most spans have nothing of, as the OTLP/JSON of a span with these fields only: `traceState`, `events`,
  /// `links` and the counts of what was dropped.
  ///
  /// Empty text for nothing.
  package let details = StringColumn()

  // The normalised part: the same meaning whatever convention a client follows. Empty text or null: unknown.
  package let provider = DictionaryColumn()
  package let operation = DictionaryColumn()
  package let requestModel = DictionaryColumn()
  package let responseModel = DictionaryColumn()
  package let inputTokens = NullableColumn<UInt64>()
  package let outputTokens = NullableColumn<UInt64>()
  package let cachedTokens = NullableColumn<UInt64>()
  package let cacheCreationTokens = NullableColumn<UInt64>()
  package let reasoningTokens = NullableColumn<UInt64>()
  /// Time to first token.
  package let ttftNanoseconds = NullableColumn<Int64>()
  /// Time per output token.
  package let tpotNanoseconds = NullableColumn<Int64>()
  package let finishReason = DictionaryColumn()
  package let sessionID = StringColumn()
  package let userID = StringColumn()
  package let errorType = DictionaryColumn()
  package let gpuIDs = ListColumn(DictionaryColumn())
  package let nodeID = DictionaryColumn()
  /// Hash of the body of the request that brought the span, to recognise a retry.
  package let batchID = FixedColumn<UInt64>()
  /// Bits of the `PromotedAttribute`s that the row has in their typed columns and not in `attributes`.
  package let promoted = FixedColumn<UInt32>()

  package static let table = BlockTable("spans", dayColumn: "start_time", SpanColumn.all.map(\.inBlock))
  package let listed = SetOnce<ColumnBlock>()
  /// The columns of the normalised part.
  private let normalised = SetOnce<[InferenceRows]>()
  /// What each attribute key means, by its code in the dictionary of `attributes`; see `SemanticRules`.
  package let keyRules: KeyRules

  package init() {
    keyRules = KeyRules(of: attributes.keys.dictionary)
    listed.set(Self.table.columns(of: self))
    normalised.set(SpanColumn.normalised.compactMap { $0.inference?.rows(self) })
    beginNormalised()
  }

  package func removeAll() {
    columns.removeAll()
    keyRules.forget()
    beginNormalised()
  }

  package func rollback(to marks: [ColumnMark]) {
    columns.rollback(to: marks)
    keyRules.forget()
  }

  /// Drops the rows from `rowCount` on and what was written for an unfinished one.
  package func truncate(toRowCount rowCount: Int) { columns.truncate(toRowCount: rowCount) }

  private func beginNormalised() {
    for column in normalised.value { column.begin() }
  }

  /// Fills the normalised columns that are behind with what they hold where a span says nothing, up to `rowCount` rows.
  ///
  /// - resource: that of the spans since the last time.
  package func padNormalised(toRowCount rowCount: Int, resource: borrowing ResourceSemantics) {
    nodeID.pad(code: resource.nodeCode, toRowCount: rowCount)
    for column in normalised.value { column.padUnknown(toRowCount: rowCount) }
    promoted.pad(0, toRowCount: rowCount)
  }
}

/// The kind of a span, by its OTLP number.
package enum SpanKind: UInt8, Sendable, CaseIterable {
  case unspecified = 0
  case `internal` = 1
  case server = 2
  case client = 3
  case producer = 4
  case consumer = 5

  /// The name in responses, for example `server`.
  package var name: String {
    switch self {
    case .unspecified: "unspecified"
    case .internal: "internal"
    case .server: "server"
    case .client: "client"
    case .producer: "producer"
    case .consumer: "consumer"
    }
  }
}

/// The status of a span, by its OTLP number.
package enum SpanStatus: UInt8, Sendable, CaseIterable {
  case unset = 0
  case ok = 1
  case error = 2

  /// The name in responses, for example `error`.
  package var name: String {
    switch self {
    case .unset: "unset"
    case .ok: "ok"
    case .error: "error"
    }
  }
}
