import Columns

/// Spans that say that another one began: Logfire sends one beside each of its spans, with all of its attributes.
extension SpanSemantics {
  /// What makes a span a call of a model.
  private static let callFields: UInt32 =
    SpanSemantics.gapFields
    | [
      SemanticField.provider, .operation, .requestModel, .responseModel, .inputTokens, .outputTokens, .cachedTokens,
      .cacheCreationTokens, .reasoningTokens, .timeToFirstToken, .timePerOutputToken, .finishReason,
    ].reduce(0) { $0 | 1 << UInt32($1.rawValue) }

  /// Whether the span is the message that another one began.
  @inline(never)
  borrowing func isPending(in block: SpanBlock) -> Bool {
    // SAFETY: there is a winner for each field. It is in the map, since its key is not promoted.
    let winner = unsafe winners[Int(SemanticField.spanType.rawValue)]
    return unsafe block.attributes.values.rawBytes(winner.entry).isEqual("pending_span")
  }

  /// Leaves the columns of a call empty, and its attributes to the map, so that one call is not two.
  borrowing func clearCall() {
    unsafe state.pointee.filled &= ~Self.callFields
    unsafe state.pointee.hasEventFields = false
    unsafe state.pointee.isIncomplete = true
  }
}
