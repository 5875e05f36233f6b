import Columns

extension SpanMeaning {
  /// Takes the attributes that typed columns hold out of the open row of `attributes`, and appends their bits; see
  /// `PromotedAttribute` for the rule.
  borrowing func promote(in block: SpanBlock) {
    let values = block.attributes.values
    var bits: UInt32 = 0
    var entries = InlineArray<12, Int>(repeating: 0)
    var count = 0
    // Beyond this the offsets of the values mean nothing, and the request is about to be refused.
    if values.bytes.count <= Int(Int32.max) {
      for index in 0..<candidateCount where isHeld(candidates[index], values) {
        bits |= candidates[index].mask
        entries[count] = candidates[index].entry
        count &+= 1
      }
    }
    if count > 0 { block.attributes.removeOpenEntries(entries.span.extracting(0..<count)) }
    block.promoted.append(bits)
  }

  /// Whether the column of a candidate's field holds exactly its type and value.
  ///
  /// Every promoted key is the first choice for its column, so only a repetition of the same key can have won instead.
  private func isHeld(_ candidate: Candidate, _ values: StringColumn) -> Bool {
    let winner = winners[Int(candidate.field)]
    guard candidate.type == winner.type else { return false }
    if winner.entry != candidate.entry, !Self.areEqual(winner.entry, candidate.entry, values) { return false }
    switch SemanticReading(rawValue: winner.reading) {
    case .count: return winner.type == AttributeType.int.rawValue && Int64(bitPattern: winner.number) >= 0
    case .text, .lowercaseText:
      guard winner.type == AttributeType.string.rawValue else { return false }
      let text = unsafe values.rawBytes(winner.entry)
      let isChanged = unsafe winner.reading == SemanticReading.lowercaseText.rawValue && Self.hasUppercase(text)
      return unsafe !text.isEmpty && !isChanged
    default: return false
    }
  }

  @inline(never)
  private static func areEqual(_ first: Int, _ second: Int, _ values: StringColumn) -> Bool {
    unsafe values.rawBytes(first).elementsEqual(values.rawBytes(second))
  }
}
