public import Columns

/// Which attributes of the span being decoded fill which normalised columns.
///
/// The decoder records every attribute whose key has a rule; `writeColumns` then writes the winners. An attribute that its
/// column can hold alone is promoted: the decoder does not write it to the map, and it goes from the request to its
/// column. The state lies behind pointers, so that nothing is copied; it is reused from span to span.
@safe
public struct SpanSemantics: ~Copyable {
  /// What was recorded of one span.
  @unsafe
  @usableFromInline
  struct State: BitwiseCopyable {
    /// One bit for each field that has a winner.
    @usableFromInline var filled: UInt32 = 0
    /// The `PromotedAttribute`s whose key the span has, as bits.
    @usableFromInline var seen: UInt32 = 0
    /// Those of them that were promoted.
    @usableFromInline var promotedBits: UInt32 = 0
    /// Whether the columns may lack one of them: it occurred again, or the span is not a call.
    @usableFromInline var isIncomplete = false
    @usableFromInline var promotedCount = 0
    @usableFromInline var gpuCount = 0
    /// Whether `eventFields` holds anything of this span.
    @usableFromInline var hasEventFields = false

    @usableFromInline init() {}
  }

  /// What the events of the span say.
  @unsafe
  struct EventFields: BitwiseCopyable {
    /// The earliest event of a token; 0 for none.
    var firstToken: UInt64 = 0
    var finishReason = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    /// The type of the first exception.
    var exceptionType = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
  }

  /// The attribute that won a column so far.
  @unsafe
  @usableFromInline
  struct Winner: BitwiseCopyable {
    @usableFromInline var rank: UInt8 = 0
    @usableFromInline var reading: UInt8 = 0
    @usableFromInline var type: UInt8 = 0
    /// Its entry in the values of the attribute column; below 0 for a promoted one.
    @usableFromInline var entry: Int = 0
    /// The bits of an int or double value.
    @usableFromInline var number: UInt64 = 0
    /// The text of a promoted attribute, as the client sent it.
    @usableFromInline var text = unsafe UnsafeRawBufferPointer(start: nil, count: 0)

    @usableFromInline init() {}
  }

  /// An attribute that is not in the map: the first of its key, and its column can hold it exactly.
  @unsafe
  @usableFromInline
  struct Promoted: BitwiseCopyable {
    @usableFromInline var field: UInt8 = 0
    @usableFromInline var type: UInt8 = 0
    @usableFromInline var mask: UInt32 = 0
    /// The code of its key in the map.
    @usableFromInline var key: UInt32 = 0
    /// Where it would stand among the values of the map.
    @usableFromInline var place = 0
    @usableFromInline var number: UInt64 = 0
    @usableFromInline var text = unsafe UnsafeRawBufferPointer(start: nil, count: 0)

    @usableFromInline init() {}
  }

  /// An attribute that names a GPU.
  @usableFromInline
  struct GPU: BitwiseCopyable {
    @usableFromInline var entry: Int = 0
    @usableFromInline var rank: UInt8 = 0

    @usableFromInline init() {}
  }

  /// GPUs of one span that are stored; more than the largest machines hold.
  @inlinable
  public static var gpuCountMax: Int { 64 }

  /// The most tokens that a span may have: 2^32 - 1, hundreds of times the largest contexts.
  ///
  /// A count beyond is not a count of tokens and stays an attribute, so that a sum of 64 bits cannot wrap before there
  /// are 2^32 spans.
  @inlinable
  public static var tokenCountMax: UInt64 { UInt64(UInt32.max) }

  @usableFromInline let state: UnsafeMutablePointer<State>
  /// One element for each field.
  @usableFromInline let winners: UnsafeMutablePointer<Winner>
  /// As many as there are promoted attributes, in the order in which they came.
  @usableFromInline let promoted: UnsafeMutablePointer<Promoted>
  @usableFromInline let gpus: UnsafeMutablePointer<GPU>
  let eventFields: UnsafeMutablePointer<EventFields>
  let texts: any JSONTexts

  /// - Parameter texts: reads the attributes whose value is a JSON text.
  package init(texts: any JSONTexts) {
    self.texts = texts
    unsafe state = .allocate(capacity: 1)
    unsafe winners = .allocate(capacity: SemanticField.allCases.count)
    unsafe promoted = .allocate(capacity: PromotedAttribute.all.count)
    unsafe gpus = .allocate(capacity: Self.gpuCountMax)
    unsafe eventFields = .allocate(capacity: 1)
    unsafe eventFields.initialize(to: EventFields())
    unsafe state.initialize(to: State())
    unsafe winners.initialize(repeating: Winner(), count: SemanticField.allCases.count)
    unsafe promoted.initialize(repeating: Promoted(), count: PromotedAttribute.all.count)
    unsafe gpus.initialize(repeating: GPU(), count: Self.gpuCountMax)
  }

  deinit {
    // SAFETY: the pointers came from allocate and are released once, here.
    unsafe state.deallocate()
    unsafe winners.deallocate()
    unsafe promoted.deallocate()
    unsafe gpus.deallocate()
    unsafe eventFields.deallocate()
  }

  /// Forgets the span before.
  @inlinable
  @inline(__always)
  public func reset() { unsafe state.pointee = State() }

  /// Whether an attribute can be promoted: `promote` it then, else write it to the map and `record` it.
  ///
  /// - text: of a string, and only of that; a part that is not UTF-8 makes no difference.
  /// - number: the bits of an int value.
  @inlinable
  @inline(__always)
  public func canPromote(_ rule: KeyRule, type: UInt8, text: UnsafeRawBufferPointer, number: UInt64) -> Bool {
    guard unsafe rule.promotedMask & ~state.pointee.seen != 0 else { return false }
    switch rule.kind {
    // A number below 0 is one of the greatest here.
    case .promotedCount: return type == AttributeType.int.rawValue && number <= Self.tokenCountMax
    case .promotedText: return unsafe type == AttributeType.string.rawValue && Self.isName(text)
    case .promotedLowercaseText:
      return unsafe type == AttributeType.string.rawValue && Self.isName(text) && !Self.hasUppercase(text)
    case .promotedOperation:
      return unsafe type == AttributeType.string.rawValue && Self.isName(text) && !Self.hasUppercase(text)
        && !OperationAlias.isOther(text)
    case .unknown, .plain, .gpu: return false
    }
  }

  /// Records an attribute that is not written to the map, as `canPromote` allowed.
  ///
  /// - key: the code of the key in the map.
  /// - place: the place among the values of the map that the attribute would have.
  /// - text: of a string, else empty. Its memory MUST last until `writeColumns` is called.
  @inlinable
  @inline(__always)
  public func promote(
    _ rule: KeyRule, key: UInt32, place: Int, type: UInt8, text: UnsafeRawBufferPointer, number: UInt64
  ) {
    let field = Int(rule.field)
    let index = unsafe state.pointee.promotedCount
    unsafe state.pointee.promotedCount = index &+ 1
    unsafe state.pointee.seen |= rule.promotedMask
    unsafe state.pointee.promotedBits |= rule.promotedMask
    unsafe state.pointee.filled |= 1 &<< UInt32(rule.field)
    // SAFETY: an attribute is promoted once at most, so the index stays below their number; a rule has a field.
    unsafe promoted[index].field = rule.field
    unsafe promoted[index].type = type
    unsafe promoted[index].mask = rule.promotedMask
    unsafe promoted[index].key = key
    unsafe promoted[index].place = place
    unsafe promoted[index].number = number
    unsafe promoted[index].text = unsafe text
    // Its rank is the best of its field.
    unsafe winners[field].rank = rule.rank
    unsafe winners[field].reading = rule.reading
    unsafe winners[field].type = type
    unsafe winners[field].entry = -1
    unsafe winners[field].number = number
    unsafe winners[field].text = unsafe text
  }

  /// Records an attribute whose key has a rule.
  ///
  /// `entry` is its place among the values of the attribute column.
  @inlinable
  @inline(__always)
  public func record(_ rule: KeyRule, entry: Int, type: UInt8, number: UInt64) {
    if rule.kind == .gpu {
      let index = unsafe state.pointee.gpuCount
      guard index < Self.gpuCountMax else { return }
      unsafe state.pointee.gpuCount = index &+ 1
      // SAFETY: the index is below the number of elements.
      unsafe gpus[index].entry = entry
      unsafe gpus[index].rank = rule.rank
      return
    }
    if unsafe state.pointee.seen & rule.promotedMask != 0 { unsafe state.pointee.isIncomplete = true }
    unsafe state.pointee.seen |= rule.promotedMask
    let bit = UInt32(1) &<< UInt32(rule.field)
    let field = Int(rule.field)
    // SAFETY: a rule has a field. Of equal keys the last counts, as in a map that is overwritten.
    if unsafe state.pointee.filled & bit != 0, unsafe winners[field].rank < rule.rank { return }
    unsafe state.pointee.filled |= bit
    unsafe winners[field].rank = rule.rank
    unsafe winners[field].reading = rule.reading
    unsafe winners[field].type = type
    unsafe winners[field].entry = entry
    unsafe winners[field].number = number
  }

  /// Whether a text can be in a column of names.
  @inlinable
  @inline(__always)
  static func isName(_ text: UnsafeRawBufferPointer) -> Bool {
    // One comparison for both ends: a count of 0 becomes the largest number.
    UInt(bitPattern: text.count &- 1) < UInt(bitPattern: TextLimits.nameBytesMax)
  }

  @inlinable
  static func hasUppercase(_ text: UnsafeRawBufferPointer) -> Bool {
    for index in 0..<text.count where unsafe text[index] &- 0x41 < 26 { return true }
    return false
  }
}
