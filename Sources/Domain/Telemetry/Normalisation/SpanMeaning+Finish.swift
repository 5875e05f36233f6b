import Columns
import Ground

extension SpanMeaning {
  /// Appends the normalised columns of the row whose attributes were noted, and takes those out of the open row of
  /// `attributes` that the columns hold.
  ///
  /// - `durationNanoseconds`: for the time per output token, when no attribute gives it.
  /// - `exceptionType`: the type that an exception event of a failed span names; counts when no attribute does.
  package borrowing func finish(
    into block: SpanBlock, resource: borrowing ResourceMeaning, durationNanoseconds: Int64,
    exceptionType: UnsafeRawBufferPointer
  ) {
    let values = block.attributes.values
    append(.provider, to: block.provider, from: values)
    append(.operation, to: block.operation, from: values)
    append(.requestModel, to: block.requestModel, from: values)
    append(.responseModel, to: block.responseModel, from: values)
    append(.finishReason, to: block.finishReason, from: values)
    let outputTokens = count(.outputTokens, from: values)
    append(count(.inputTokens, from: values), to: block.inputTokens)
    append(outputTokens, to: block.outputTokens)
    append(count(.cachedTokens, from: values), to: block.cachedTokens)
    append(count(.cacheCreationTokens, from: values), to: block.cacheCreationTokens)
    append(count(.reasoningTokens, from: values), to: block.reasoningTokens)
    let firstToken = nanoseconds(.timeToFirstToken, from: values)
    append(firstToken, to: block.ttftNanoseconds)
    append(
      nanoseconds(.timePerOutputToken, from: values)
        ?? Self.timePerOutputToken(duration: durationNanoseconds, firstToken: firstToken, tokens: outputTokens),
      to: block.tpotNanoseconds)
    append(.session, to: block.sessionID, from: values)
    append(.user, to: block.userID, from: values)
    if winner(.errorType) == nil, unsafe !exceptionType.isEmpty {
      unsafe block.errorType.append(exceptionType)
    } else {
      append(.errorType, to: block.errorType, from: values)
    }
    appendGPUs(of: block, resource: resource)
    if winner(.node) == nil {
      block.nodeID.append(code: resource.nodeCode)
    } else {
      append(.node, to: block.nodeID, from: values)
    }
    promote(in: block)
  }

  /// (duration - time to first token) / (output tokens - 1), as OpenTelemetry words it for
  /// `gen_ai.server.time_per_output_token`; nil without a second token.
  package static func timePerOutputToken(duration: Int64, firstToken: Int64?, tokens: UInt64?) -> Int64? {
    guard let firstToken, let tokens, tokens > 1, duration >= firstToken else { return nil }
    let (rest, overflow) = duration.subtractingReportingOverflow(firstToken)
    guard !overflow else { return nil }
    return Int64(UInt64(rest) / (tokens - 1))
  }

  // MARK: Numbers

  private func append<Element: FixedWidthInteger>(_ value: Element?, to column: NullableColumn<Element>) {
    column.append(value ?? 0, isValid: value != nil)
  }

  /// The winner as a whole number of at least 0; nil for anything else.
  private func count(_ field: SemanticField, from values: StringColumn) -> UInt64? {
    guard let winner = winner(field) else { return nil }
    if winner.type == AttributeType.int.rawValue { return UInt64(exactly: Int64(bitPattern: winner.number)) }
    return number(winner, from: values).flatMap { UInt64(exactly: $0) }
  }

  /// The winner as a time; nil for what is no number, negative or longer than 292 years.
  private func nanoseconds(_ field: SemanticField, from values: StringColumn) -> Int64? {
    guard let winner = winner(field), let number = number(winner, from: values), number >= 0 else { return nil }
    let scale = winner.reading == SemanticReading.milliseconds.rawValue ? 1e6 : 1e9
    return Int64(exactly: (number * scale).rounded())
  }

  private func number(_ winner: Winner, from values: StringColumn) -> Double? {
    switch AttributeType(rawValue: winner.type) {
    case .int: Double(Int64(bitPattern: winner.number))
    case .double: Double(bitPattern: winner.number)
    case .string: Double(values[winner.entry])
    default: nil
    }
  }

  // MARK: Text

  private func append(_ field: SemanticField, to column: DictionaryColumn, from values: StringColumn) {
    guard let winner = winner(field) else { return column.append(code: 0) }
    let text = unsafe values.rawBytes(winner.entry)
    switch SemanticReading(rawValue: winner.reading) {
    case .firstText: unsafe column.append(Self.firstElement(of: text, type: winner.type))
    case .lowercaseText where unsafe Self.hasUppercase(text):
      column.append(unsafe String(decoding: text, as: UTF8.self).lowercased())
    case .operationWord:
      column.append(OperationWord.operation(of: unsafe String(decoding: text, as: UTF8.self)))
    default: unsafe column.append(text)
    }
  }

  private func append(_ field: SemanticField, to column: StringColumn, from values: StringColumn) {
    guard let winner = winner(field) else { return column.endRow() }
    unsafe column.append(values.rawBytes(winner.entry))
  }

  static func hasUppercase(_ text: UnsafeRawBufferPointer) -> Bool {
    for index in 0..<text.count where unsafe (0x41...0x5a).contains(text[index]) { return true }
    return false
  }

  /// The first text of a list: of a stored array value, or of a list that a client wrote as text, e.g. `["stop"]`.
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
    } else {
      return unsafe text
    }
    var end = start
    // SAFETY: the index is compared with the count first.
    while end < text.count, unsafe text[end] != 0x22, unsafe text[end] != 0x27, unsafe text[end] != 0x5c { end += 1 }
    return unsafe UnsafeRawBufferPointer(rebasing: text[start..<end])
  }

  // MARK: GPUs

  private func appendGPUs(of block: SpanBlock, resource: borrowing ResourceMeaning) {
    let elements = block.gpuIDs.elements
    if gpuCount == 0 || isOtherHardware(of: block) {
      for code in resource.gpuCodes { elements.append(code: code) }
      return block.gpuIDs.endRow()
    }
    let rowStart = elements.rowCount
    for index in 0..<gpuCount where !isCoveredByResource(index, of: block) {
      let text = unsafe block.attributes.values.rawBytes(gpuEntries[index])
      guard unsafe !text.isEmpty else { continue }
      let code = unsafe elements.dictionary.code(text)
      var isKnown = false
      for row in rowStart..<elements.rowCount where elements.codes[row] == code { isKnown = true }
      if !isKnown { elements.append(code: code) }
    }
    block.gpuIDs.endRow()
  }

  /// Whether `hw.type` says that `hw.id` is no GPU.
  private func isOtherHardware(of block: SpanBlock) -> Bool {
    guard gpuCount == 1, gpuRanks[0] == 0, let winner = winner(.hardwareType) else { return false }
    return block.attributes.values[winner.entry] != "gpu"
  }

  /// Whether a `gpu.{i}.physical_uuid` stands beside a `gpu.{i}.resource_uuid`.
  private func isCoveredByResource(_ index: Int, of block: SpanBlock) -> Bool {
    guard gpuRanks[index] == SemanticRules.numberedPhysicalGPU.rank else { return false }
    let number = Self.gpuNumber(gpuEntries[index], of: block)
    for other in 0..<gpuCount where gpuRanks[other] == SemanticRules.numberedGPU.rank {
      if Self.gpuNumber(gpuEntries[other], of: block) == number { return true }
    }
    return false
  }

  private static func gpuNumber(_ entry: Int, of block: SpanBlock) -> Substring {
    block.attributes.keys[entry].dropFirst("gpu.".count).prefix { $0 != "." }
  }
}
