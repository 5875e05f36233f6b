import Base
import Columns

/// What a span is beside its attributes, as their meaning depends on it.
package struct SpanFacts: Sendable {
  let startNanoseconds: Int64
  /// 0 for a span of which no end is known; negative when a client's clock went back.
  let durationNanoseconds: Int64
  let isFailed: Bool

  package init(startNanoseconds: Int64, durationNanoseconds: Int64, isFailed: Bool) {
    self.startNanoseconds = startNanoseconds
    self.durationNanoseconds = durationNanoseconds
    self.isFailed = isFailed
  }

  /// Whether something in the span can have taken a time.
  ///
  /// A hundredth and a millisecond more than the span took is allowed: the two are read from clocks at different
  /// places.
  @inline(__always)
  func mayLast(_ nanoseconds: Int64) -> Bool {
    guard durationNanoseconds > 0 else { return true }
    return nanoseconds &- durationNanoseconds <= durationNanoseconds / 100 &+ 1_000_000
  }
}

/// The columns that no attribute of their own fills: by events, and by attributes that are JSON texts.
extension SpanSemantics {
  /// The fields that fill other columns than their own.
  static let gapFields: UInt32 =
    1 << UInt32(SemanticField.firstTokenMoment.rawValue) | 1 << UInt32(SemanticField.usageText.rawValue)
    | 1 << UInt32(SemanticField.parametersText.rawValue)

  /// Records the time of an event of a token.
  package borrowing func record(tokenAt time: UInt64) {
    beginEvents()
    let former = unsafe eventFields.pointee.firstToken
    if former == 0 || time < former { unsafe eventFields.pointee.firstToken = time }
  }

  /// Records why a response ended, as an event says.
  ///
  /// The memory of the text MUST last until `writeColumns` is called.
  package borrowing func record(finishReason text: UnsafeRawBufferPointer) {
    beginEvents()
    if unsafe eventFields.pointee.finishReason.isEmpty { unsafe eventFields.pointee.finishReason = unsafe text }
  }

  /// Records the type of an exception.
  ///
  /// The memory of the text MUST last until `writeColumns` is called.
  package borrowing func record(exceptionType text: UnsafeRawBufferPointer) {
    beginEvents()
    if unsafe eventFields.pointee.exceptionType.isEmpty { unsafe eventFields.pointee.exceptionType = unsafe text }
  }

  private borrowing func beginEvents() {
    guard unsafe !state.pointee.hasEventFields else { return }
    unsafe state.pointee.hasEventFields = true
    unsafe eventFields.pointee = EventFields()
  }

  /// Appends to the columns that are still behind what events and JSON texts say.
  @inline(never)
  borrowing func fillGaps(in block: SpanBlock, _ row: Int, _ span: SpanFacts) {
    if has(.usageText) { fillCounts(in: block, row) }
    if has(.parametersText), block.requestModel.rowCount <= row,
      let model = unsafe UsageText.model(of: text(of: .parametersText, in: block), texts)
    {
      append(name: model, to: block.requestModel, row)
    }
    if hasNoResponse(span), block.requestModel.rowCount <= row {
      unsafe append(name: text(of: .responseModel, in: block), to: block.requestModel, row)
    }
    if block.ttftNanoseconds.rowCount <= row {
      append(firstToken(of: span, in: block), to: block.ttftNanoseconds, row)
    }
    if block.tpotNanoseconds.rowCount <= row, !has(.timePerOutputToken) {
      let firstToken = block.ttftNanoseconds.rowCount > row ? block.ttftNanoseconds[row] : nil
      let tokens = block.outputTokens.rowCount > row ? block.outputTokens[row] : nil
      append(
        Self.timePerOutputToken(duration: span.durationNanoseconds, firstToken: firstToken, tokens: tokens),
        to: block.tpotNanoseconds, row)
    }
    guard unsafe state.pointee.hasEventFields else { return }
    unsafe append(name: eventFields.pointee.finishReason, to: block.finishReason, row, isLowercased: true)
    if span.isFailed { unsafe append(name: eventFields.pointee.exceptionType, to: block.errorType, row) }
  }

  /// Whether the span failed and the model that it names did not respond but was asked.
  @inline(__always)
  func hasNoResponse(_ span: SpanFacts) -> Bool {
    guard span.isFailed, has(.responseModel) else { return false }
    // SAFETY: there is a winner for each field.
    return unsafe winners[Int(SemanticField.responseModel.rawValue)].reading == SemanticReading.modelOfResponse.rawValue
  }

  private func fillCounts(in block: SpanBlock, _ row: Int) {
    let counts = unsafe UsageText.counts(of: text(of: .usageText, in: block), texts)
    for (column, count) in [
      (block.inputTokens, counts[.input]), (block.outputTokens, counts[.output]), (block.cachedTokens, counts[.cached]),
      (block.cacheCreationTokens, counts[.cacheCreation]), (block.reasoningTokens, counts[.reasoning]),
    ] where column.rowCount <= row { append(count, to: column, row) }
  }

  /// The time to the first token by the moment at which it came.
  private func firstToken(of span: SpanFacts, in block: SpanBlock) -> Int64? {
    var moment: Int64?
    if has(.firstTokenMoment) {
      let text = unsafe text(of: .firstTokenMoment, in: block)
      moment = RFC3339.parse(unsafe string(text))?.rawValue
    }
    if moment == nil, unsafe state.pointee.hasEventFields, unsafe eventFields.pointee.firstToken != 0 {
      moment = Int64(exactly: unsafe eventFields.pointee.firstToken)
    }
    guard let moment else { return nil }
    let (time, overflow) = moment.subtractingReportingOverflow(span.startNanoseconds)
    return overflow || time < 0 || !span.mayLast(time) ? nil : time
  }

  /// The text of a field's winner, which is not a promoted one.
  ///
  /// Of a type other than text it is not the JSON that is expected.
  private func text(of field: SemanticField, in block: SpanBlock) -> UnsafeRawBufferPointer {
    // SAFETY: there is a winner for each field.
    unsafe block.attributes.values.rawBytes(winners[Int(field.rawValue)].entry)
  }

  private func append(name: String, to column: DictionaryColumn, _ row: Int) {
    var name = name
    name.withUTF8 { unsafe append(name: UnsafeRawBufferPointer($0), to: column, row) }
  }

  /// Appends a text to a column that is behind.
  private func append(
    name: UnsafeRawBufferPointer, to column: DictionaryColumn, _ row: Int, isLowercased: Bool = false
  ) {
    guard unsafe !name.isEmpty, column.rowCount <= row else { return }
    column.pad(code: 0, toRowCount: row)
    let name = unsafe UTF8Text.prefix(name, bytesMax: TextLimits.nameBytesMax)
    if isLowercased { unsafe Self.append(lowercased: name, to: column) } else { unsafe column.append(name) }
  }
}
