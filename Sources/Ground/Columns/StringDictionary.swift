import Base

/// A set of distinct texts, each with a code: its place in the order of arrival.
///
/// Looking up a known text allocates nothing. The hash is keyed by a number that each process draws, so a client
/// cannot prepare texts that all collide.
@safe
public final class StringDictionary: @unchecked Sendable {  // Like its column it has one owner at a time.

  /// The strings by their codes.
  public let entries = StringColumn()
  @usableFromInline let hashes = GrowableBuffer<UInt64>()
  /// Open addressing: code + 1 in each used slot, 0 in a free one; the count is a power of two.
  @usableFromInline let slots = GrowableBuffer<UInt32>()
  @usableFromInline let seed: UInt64

  private static let processSeed = UInt64.random(in: .min ... .max)
  private static let slotsMin = 256

  /// Makes an empty dictionary with the seed of this process.
  public convenience init() { self.init(seed: Self.processSeed) }

  /// Makes an empty dictionary whose hashes begin with a seed.
  public init(seed: UInt64) {
    self.seed = seed
    slots.append(repeating: 0, count: Self.slotsMin)
  }

  /// Distinct texts so far.
  @inlinable
  public var count: Int { hashes.count }

  /// The code of a text, which joins the dictionary if it is new; ill-formed UTF-8 becomes U+FFFD first.
  @inlinable
  public func code(_ text: UnsafeRawBufferPointer) -> UInt32 {
    let hash = unsafe ByteHash.hash(text, seed: seed)
    let mask = slots.count &- 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    // SAFETY: slots are masked to their count, and codes in slots are below the count of entries.
    while case let occupant = unsafe slots.base[slot], occupant != 0 {
      let code = Int(occupant) &- 1
      if unsafe hashes.base[code] == hash, unsafe isEqual(code, text) { return UInt32(truncatingIfNeeded: code) }
      slot = (slot &+ 1) & mask
    }
    return unsafe insert(text, hash: hash, slot: slot)
  }

  /// The code of a string, which is added if it is new.
  public func code(_ text: String) -> UInt32 {
    var text = text
    return text.withUTF8 { unsafe code(UnsafeRawBufferPointer($0)) }
  }

  /// The code of a text that is in the dictionary; nil for another.
  ///
  /// Ill-formed UTF-8 is in none.
  public func existingCode(_ text: String) -> UInt32? {
    var text = text
    return text.withUTF8 { text in
      let bytes = UnsafeRawBufferPointer(text)
      let hash = unsafe ByteHash.hash(bytes, seed: seed)
      var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
      while case let occupant = slots[slot], occupant != 0 {
        let code = Int(occupant) - 1
        if hashes[code] == hash, unsafe isEqual(code, bytes) { return UInt32(truncatingIfNeeded: code) }
        slot = (slot + 1) & (slots.count - 1)
      }
      return nil
    }
  }

  /// Whether an entry has exactly these bytes.
  ///
  /// The code MUST be one that this dictionary gave.
  @inlinable
  @inline(__always)
  public func isEqual(_ code: Int, _ text: UnsafeRawBufferPointer) -> Bool {
    // SAFETY: entries have one more offset than codes.
    let start = unsafe Int(entries.offsets.base[code])
    let count = unsafe Int(entries.offsets.base[code &+ 1]) &- start
    guard count == text.count, let other = text.baseAddress else { return count == text.count }
    return unsafe ByteCompare.isEqual(UnsafeRawPointer(entries.bytes.base + start), other, count: count)
  }

  @inline(never)
  @usableFromInline
  func insert(_ text: UnsafeRawBufferPointer, hash: UInt64, slot: Int) -> UInt32 {
    // An ill-formed text is never an entry, so it comes this way each time and finds its repaired form.
    if unsafe UTF8Text.firstInvalidOffset(text) != nil { return code(unsafe UTF8Text.repaired(text)) }
    let code = UInt32(count)
    unsafe entries.append(text)
    hashes.append(hash)
    slots[slot] = code + 1
    if count * 2 > slots.count { rebuild(slotCount: slots.count * 2) }
    return code
  }

  private func rebuild(slotCount: Int) {
    slots.removeAll(keepingBytesMax: .max)
    slots.append(repeating: 0, count: slotCount)
    let mask = slotCount - 1
    for code in 0..<count {
      var slot = Int(truncatingIfNeeded: hashes[code]) & mask
      while slots[slot] != 0 { slot = (slot + 1) & mask }
      slots[slot] = UInt32(code) + 1
    }
  }

  /// Forgets the texts from `count` on.
  public func truncate(to count: Int) {
    guard count < self.count else { return }
    entries.truncate(toRowCount: count)
    hashes.truncate(to: count)
    rebuild(slotCount: slots.count)
  }

  /// Drops all strings and keeps at most `keepingBytesMax` of memory in each buffer for the next ones.
  public func removeAll(keepingBytesMax: Int) {
    guard count > 0 else { return }
    let slotCount = min(slots.count, max(Self.slotsMin, keepingBytesMax / 4))
    entries.removeAll(keepingBytesMax: keepingBytesMax)
    hashes.removeAll(keepingBytesMax: keepingBytesMax)
    slots.removeAll(keepingBytesMax: keepingBytesMax)
    slots.append(repeating: 0, count: slotCount.isPowerOfTwo ? slotCount : Self.slotsMin)
  }

  /// Bytes of memory that the strings and their index use.
  public var usedBytes: Int { entries.usedBytes + count * 8 + slots.count * 4 }
}

extension Int {
  fileprivate var isPowerOfTwo: Bool { self > 0 && self & (self - 1) == 0 }
}
