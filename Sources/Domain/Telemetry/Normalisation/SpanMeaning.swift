import Columns

/// Which attributes of the span being decoded fill which normalised columns.
///
/// The decoder notes every attribute whose key has a rule; `finish` then reads the winners. Lives on the stack and is
/// reused from span to span.
package struct SpanMeaning: ~Copyable {
  /// The attribute that won a column so far.
  @usableFromInline
  struct Winner: BitwiseCopyable {
    @usableFromInline var rank: UInt8 = 0
    @usableFromInline var reading: UInt8 = 0
    @usableFromInline var type: UInt8 = 0
    /// Its entry in the values of the attribute column.
    @usableFromInline var entry: Int = 0
    /// The bits of an int or double value.
    @usableFromInline var number: UInt64 = 0

    @inlinable init() {}
  }

  /// The first attribute of a key that has a typed column of its own.
  @usableFromInline
  struct Candidate: BitwiseCopyable {
    @usableFromInline var field: UInt8 = 0
    @usableFromInline var type: UInt8 = 0
    @usableFromInline var mask: UInt32 = 0
    @usableFromInline var entry: Int = 0

    @inlinable init() {}
  }

  /// GPUs of one span that are told; more than the largest machines hold.
  package static var gpuCountMax: Int { 64 }

  /// One bit for each field that has a winner.
  @usableFromInline var filled: UInt32 = 0
  @usableFromInline var winners = InlineArray<18, Winner>(repeating: Winner())
  @usableFromInline var gpuEntries = InlineArray<64, Int>(repeating: 0)
  @usableFromInline var gpuRanks = InlineArray<64, UInt8>(repeating: 0)
  @usableFromInline var gpuCount = 0
  /// What may be promoted, in the order of the entries.
  @usableFromInline var candidates = InlineArray<12, Candidate>(repeating: Candidate())
  @usableFromInline var candidateCount = 0
  /// The `PromotedAttribute`s that are candidates, as bits.
  @usableFromInline var candidateBits: UInt32 = 0
  /// Fields, ranks and readings by rule number; a copy that needs no check for initialisation.
  @usableFromInline let rules: [CompactRule]

  @usableFromInline
  struct CompactRule: BitwiseCopyable {
    @usableFromInline let field: UInt8
    @usableFromInline let rank: UInt8
    @usableFromInline let reading: UInt8
    /// The bit of the promoted attribute that has the rule's key; 0 for none.
    @usableFromInline let promotedMask: UInt32
  }

  private static let compactRules: [CompactRule] =
    [CompactRule(field: 0, rank: 0, reading: 0, promotedMask: 0)]
    + SemanticRules.all.map {
      CompactRule(
        field: $0.field.rawValue, rank: $0.rank, reading: $0.reading.rawValue,
        promotedMask: PromotedAttribute(key: $0.key)?.mask ?? 0)
    }

  package init() { rules = Self.compactRules }

  /// Forgets the span before.
  @inlinable
  package mutating func reset() {
    filled = 0
    gpuCount = 0
    candidateCount = 0
    candidateBits = 0
  }

  /// Notes an attribute whose key has a rule. `entry` is its place among the values of the attribute column.
  @inlinable
  package mutating func note(rule: UInt8, entry: Int, type: UInt8, number: UInt64) {
    let rule = rules[Int(rule)]
    let field = Int(rule.field)
    if rule.field == SemanticField.gpu.rawValue {
      guard gpuCount < Self.gpuCountMax else { return }
      gpuEntries[gpuCount] = entry
      gpuRanks[gpuCount] = rule.rank
      gpuCount &+= 1
      return
    }
    if rule.promotedMask & ~candidateBits != 0 {
      candidateBits |= rule.promotedMask
      candidates[candidateCount].field = rule.field
      candidates[candidateCount].type = type
      candidates[candidateCount].mask = rule.promotedMask
      candidates[candidateCount].entry = entry
      candidateCount &+= 1
    }
    let bit = UInt32(1) &<< UInt32(truncatingIfNeeded: field)
    // Of equal keys the last counts, as in a map that is overwritten.
    if filled & bit != 0, winners[field].rank < rule.rank { return }
    filled |= bit
    winners[field].rank = rule.rank
    winners[field].reading = rule.reading
    winners[field].type = type
    winners[field].entry = entry
    winners[field].number = number
  }

  @usableFromInline
  func winner(_ field: SemanticField) -> Winner? {
    filled & 1 << UInt32(field.rawValue) == 0 ? nil : winners[Int(field.rawValue)]
  }
}
