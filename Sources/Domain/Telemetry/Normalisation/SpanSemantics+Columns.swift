import Base
import Columns

extension SpanSemantics {
  /// Appends what the recorded attributes say to the normalised columns, and puts back to the open row of `attributes`
  /// what the columns do not hold.
  ///
  /// Columns of which the span says nothing stay behind; `SpanBlock.padNormalised` fills them.
  ///
  /// - row: the number of the span's row.
  /// - span: its times, and whether it failed.
  package borrowing func writeColumns(
    to block: SpanBlock, row: Int, resource: borrowing ResourceSemantics, span: SpanFacts
  ) {
    if has(.spanType), isPending(in: block) { clearCall() }
    if unsafe state.pointee.filled != 0 {
      append(.provider, to: block.provider, row, from: block)
      append(.operation, to: block.operation, row, from: block)
      append(.requestModel, to: block.requestModel, row, from: block)
      if !hasNoResponse(span) { append(.responseModel, to: block.responseModel, row, from: block) }
      append(.finishReason, to: block.finishReason, row, from: block)
      append(count(.inputTokens, from: block), to: block.inputTokens, row)
      let outputTokens = count(.outputTokens, from: block)
      append(outputTokens, to: block.outputTokens, row)
      append(count(.cachedTokens, from: block), to: block.cachedTokens, row)
      append(count(.cacheCreationTokens, from: block), to: block.cacheCreationTokens, row)
      append(count(.reasoningTokens, from: block), to: block.reasoningTokens, row)
      let firstToken = nanoseconds(.timeToFirstToken, of: span, from: block)
      append(firstToken, to: block.ttftNanoseconds, row)
      append(
        timePerOutputToken(of: span, firstToken: firstToken, tokens: outputTokens, from: block),
        to: block.tpotNanoseconds, row)
      append(.session, to: block.sessionID, row, from: block)
      append(.user, to: block.userID, row, from: block)
      append(.errorType, to: block.errorType, row, from: block)
      if has(.node) {
        block.nodeID.pad(code: resource.nodeCode, toRowCount: row)
        append(.node, to: block.nodeID, row, from: block)
      }
    }
    if unsafe state.pointee.hasEventFields || state.pointee.filled & Self.gapFields != 0 || span.isFailed {
      fillGaps(in: block, row, span)
    }
    appendGPUs(of: block, row, resource: resource)
    writePromoted(to: block, row: row)
  }

  /// The time that an attribute gives, else the computed one.
  ///
  /// A time of 0 was not measured: OpenLIT writes it of responses that come whole, and of embeddings.
  @inline(__always)
  private func timePerOutputToken(
    of span: SpanFacts, firstToken: Int64?, tokens: UInt64?, from block: SpanBlock
  ) -> Int64? {
    guard let given = nanoseconds(.timePerOutputToken, of: span, from: block) else {
      return Self.timePerOutputToken(duration: span.durationNanoseconds, firstToken: firstToken, tokens: tokens)
    }
    return given == 0 ? nil : given
  }

  /// (duration - time to first token) / (output tokens - 1), as OpenTelemetry defines
  /// `gen_ai.server.time_per_output_token`; nil without a second token.
  @inline(__always)
  package static func timePerOutputToken(duration: Int64, firstToken: Int64?, tokens: UInt64?) -> Int64? {
    guard let firstToken, let tokens, tokens > 1, duration >= firstToken else { return nil }
    let (rest, overflow) = duration.subtractingReportingOverflow(firstToken)
    guard !overflow else { return nil }
    return Int64(UInt64(rest) / (tokens - 1))
  }

  @inline(__always)
  func has(_ field: SemanticField) -> Bool {
    unsafe state.pointee.filled & 1 &<< UInt32(field.rawValue) != 0
  }

  // MARK: Numbers

  @inline(__always)
  func append<Element: FixedWidthInteger>(
    _ value: Element?, to column: NullableColumn<Element>, _ row: Int
  ) {
    guard let value else { return }
    column.padNull(toRowCount: row)
    column.append(value, isValid: true)
  }

  /// The winner as a whole number from 0 to `tokenCountMax`; nil for anything else.
  @inline(__always)
  private func count(_ field: SemanticField, from block: SpanBlock) -> UInt64? {
    guard has(field) else { return nil }
    // SAFETY: there is a winner for each field, here and below.
    let winner = unsafe winners + Int(field.rawValue)
    let count =
      if unsafe winner.pointee.type == AttributeType.int.rawValue {
        unsafe winner.pointee.number
      } else {
        unsafe number(winner, from: block).flatMap { UInt64(exactly: $0) } ?? .max
      }
    // A number below 0 is one of the greatest here.
    return count <= Self.tokenCountMax ? count : nil
  }

  /// The winner as a time; nil for what is not a number, negative, or longer than its span in any unit.
  @inline(__always)
  private func nanoseconds(_ field: SemanticField, of span: SpanFacts, from block: SpanBlock) -> Int64? {
    guard has(field) else { return nil }
    let winner = unsafe winners + Int(field.rawValue)
    guard let number = unsafe number(winner, from: block), number >= 0 else { return nil }
    let isSeconds = unsafe winner.pointee.reading != SemanticReading.milliseconds.rawValue
    // Some libraries write milliseconds under a key of seconds.
    if isSeconds, let time = Self.rounded(number * 1e9), span.mayLast(time) { return time }
    guard let time = Self.rounded(number * 1e6), span.mayLast(time) else { return nil }
    return time
  }

  /// The nearest whole number, that away from zero of two; nil if it does not fit.
  ///
  /// As `rounded()`, without a call.
  @inline(__always)
  package static func rounded(_ number: Double) -> Int64? {
    guard number >= 0, number < 0x1p52 else { return Int64(exactly: number.rounded()) }
    // Below 2^52 the difference is exact.
    let floor = Int64(number)
    return number - Double(floor) >= 0.5 ? floor + 1 : floor
  }

  private func number(_ winner: UnsafePointer<Winner>, from block: SpanBlock) -> Double? {
    switch unsafe AttributeType(rawValue: winner.pointee.type) {
    case .int: unsafe Double(Int64(bitPattern: winner.pointee.number))
    case .double: unsafe Double(bitPattern: winner.pointee.number)
    case .string: unsafe Double(block.attributes.values[winner.pointee.entry])
    default: nil
    }
  }

  // MARK: Text

  @inline(__always)
  private func append(_ field: SemanticField, to column: DictionaryColumn, _ row: Int, from block: SpanBlock) {
    guard has(field) else { return }
    column.pad(code: 0, toRowCount: row)
    let winner = unsafe winners + Int(field.rawValue)
    if unsafe winner.pointee.entry < 0 { return unsafe column.append(winner.pointee.text) }
    unsafe append(winner, to: column, from: block)
  }

  @inline(never)
  private func append(_ winner: UnsafePointer<Winner>, to column: DictionaryColumn, from block: SpanBlock) {
    let whole = unsafe block.attributes.values.rawBytes(winner.pointee.entry)
    let text = unsafe UTF8Text.prefix(whole, bytesMax: TextLimits.nameBytesMax)
    switch unsafe SemanticReading(rawValue: winner.pointee.reading) {
    case .firstText:
      unsafe Self.append(lowercased: Self.firstElement(of: text, type: winner.pointee.type), to: column)
    case .lowercaseText:
      guard unsafe Self.hasUppercase(text) || text.hasPrefix("\"") else { return unsafe column.append(text) }
      column.append(unsafe string(text).lowercased())
    case .operationName: column.append(OperationAlias.operation(of: unsafe string(text), isOwn: true))
    case .operationAlias: column.append(OperationAlias.operation(of: unsafe string(text)))
    case .jsonText: column.append(unsafe string(text))
    case .onlyJSONText: if let string = unsafe texts.string(of: text) { column.append(string) }
    default: unsafe column.append(text)
    }
  }

  /// Appends a text in lower case; one that has none of the 26 capitals as it is.
  static func append(lowercased text: UnsafeRawBufferPointer, to column: DictionaryColumn) {
    guard unsafe hasUppercase(text) else { return unsafe column.append(text) }
    column.append(unsafe String(decoding: text, as: UTF8.self).lowercased())
  }

  /// The text of an attribute that may be written as JSON.
  func string(_ text: UnsafeRawBufferPointer) -> String {
    unsafe texts.string(of: text) ?? String(decoding: text, as: UTF8.self)
  }

  @inline(__always)
  private func append(_ field: SemanticField, to column: StringColumn, _ row: Int, from block: SpanBlock) {
    guard has(field) else { return }
    column.padEmpty(toRowCount: row)
    let winner = unsafe winners + Int(field.rawValue)
    if unsafe winner.pointee.entry < 0 {
      unsafe column.append(winner.pointee.text)
    } else {
      let whole = unsafe block.attributes.values.rawBytes(winner.pointee.entry)
      let text = unsafe UTF8Text.prefix(whole, bytesMax: TextLimits.nameBytesMax)
      if unsafe winner.pointee.reading == SemanticReading.jsonText.rawValue {
        column.append(unsafe string(text))
      } else {
        unsafe column.append(text)
      }
    }
  }

  /// The first text of a list: of a stored array value, or of a list that a client wrote as text, for example
  /// `["stop"]`.
  static func firstElement(of text: UnsafeRawBufferPointer, type: UInt8) -> UnsafeRawBufferPointer {
    var start = 0
    if type == AttributeType.array.rawValue {
      let prefix: StaticString = #"{"arrayValue":{"values":[{"stringValue":""#
      start = prefix.utf8CodeUnitCount
      // SAFETY: both have the compared bytes; the text itself is an address, also for the empty result.
      guard text.count > start, let base = text.baseAddress,
        unsafe ByteCompare.isEqual(base, UnsafeRawPointer(prefix.utf8Start), count: start)
      else { return unsafe UnsafeRawBufferPointer(rebasing: text[0..<0]) }
    } else if text.count > 3, unsafe text[0] == 0x5b || text[0] == 0x28, unsafe text[1] == 0x22 || text[1] == 0x27 {
      start = 2
    } else if text.count > 2, unsafe text[0] == 0x22 {
      start = 1
    } else {
      return unsafe text
    }
    var end = start
    // SAFETY: the index is compared with the count first.
    while end < text.count, unsafe text[end] != 0x22, unsafe text[end] != 0x27, unsafe text[end] != 0x5c { end += 1 }
    return unsafe UnsafeRawBufferPointer(rebasing: text[start..<end])
  }

  // MARK: GPUs

  private func appendGPUs(of block: SpanBlock, _ row: Int, resource: borrowing ResourceSemantics) {
    let elements = block.gpuIDs.elements
    let count = unsafe state.pointee.gpuCount
    if count == 0 || isOtherHardware(of: block) {
      if resource.gpuCodes.isEmpty { return }
      for code in resource.gpuCodes { elements.append(code: code) }
      return block.gpuIDs.endRow()
    }
    block.gpuIDs.padEmpty(toRowCount: row)
    let rowStart = elements.rowCount
    for index in 0..<count where !isCoveredByResource(index, of: block) {
      // SAFETY: the index is below the number of GPUs, here and below.
      let text = unsafe UTF8Text.prefix(
        block.attributes.values.rawBytes(gpus[index].entry), bytesMax: TextLimits.nameBytesMax)
      guard unsafe !text.isEmpty else { continue }
      let code = unsafe elements.dictionary.code(text)
      var isKnown = false
      for row in rowStart..<elements.rowCount where elements.codes[row] == code { isKnown = true }
      if !isKnown { elements.append(code: code) }
    }
    block.gpuIDs.endRow()
  }

  /// Whether `hw.type` says that `hw.id` is not a GPU.
  private func isOtherHardware(of block: SpanBlock) -> Bool {
    guard has(.hardwareType), unsafe state.pointee.gpuCount == 1 && gpus[0].rank == 0 else { return false }
    return unsafe block.attributes.values[winners[Int(SemanticField.hardwareType.rawValue)].entry] != "gpu"
  }

  /// Whether a `gpu.{i}.physical_uuid` stands beside a `gpu.{i}.resource_uuid`.
  @inline(__always)
  private func isCoveredByResource(_ index: Int, of block: SpanBlock) -> Bool {
    unsafe gpus[index].rank == SemanticRules.numberedPhysicalGPURank && hasResource(ofGPU: index, of: block)
  }

  @inline(never)
  private func hasResource(ofGPU index: Int, of block: SpanBlock) -> Bool {
    let number = unsafe Self.gpuNumber(gpus[index].entry, of: block)
    for other in 0..<(unsafe state.pointee.gpuCount)
    where unsafe gpus[other].rank == SemanticRules.numberedGPU.rank {
      if unsafe Self.gpuNumber(gpus[other].entry, of: block) == number { return true }
    }
    return false
  }

  private static func gpuNumber(_ entry: Int, of block: SpanBlock) -> Substring {
    block.attributes.keys[entry].dropFirst("gpu.".count).prefix { $0 != "." }
  }
}
