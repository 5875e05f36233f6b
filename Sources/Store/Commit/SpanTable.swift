import System

/// What is known of a span that came lately, or of one that another named as its parent.
struct KnownSpan {
  struct Flags: OptionSet {
    let rawValue: UInt32

    /// It is stored, or in the commit that is under way.
    ///
    /// Otherwise only a child of it is.
    static let stored = Flags(rawValue: 1)
    /// A span inside it, at any depth, reports tokens.
    static let outer = Flags(rawValue: 2)
    /// Its row says that it is an outer one, or `late_outer_spans` does.
    static let notedAsOuter = Flags(rawValue: 4)
    /// It came in the commit that is under way.
    static let underWay = Flags(rawValue: 8)
    /// It names a model or reports tokens.
    static let tellsCall = Flags(rawValue: 16)
  }

  /// A hash of the tenant and both ids; 0 for nothing.
  var key: UInt64
  /// The span id of its parent, in the same trace; 0 while it is not known, and for a root.
  var parent: UInt64
  /// When it was stored, in seconds since 1970.
  var storedAt: UInt32
  var flags: Flags
}

/// A hash table of spans with open addressing that only grows, up to a limit, and is emptied as a whole.
///
/// Keys are hashes already. 24 bytes a place, of which at most seven of eight are taken; and a byte for a filter that says of
/// eight in nine unknown keys that they are not here without reading a place, which is in no cache.
@safe
final class SpanTable {
  private(set) var count = 0
  private var capacity: Int
  private let capacityMax: Int
  private var places: UnsafeMutablePointer<KnownSpan>
  /// A bit for each key, found by another part of it than its place: eight bits a place.
  private var filter: UnsafeMutablePointer<UInt64>

  /// - Parameter capacityMax: The most places, a power of two.
  init(capacityMax: Int) {
    precondition(capacityMax.nonzeroBitCount == 1 && capacityMax >= Self.capacityMin, "not a power of two")
    self.capacityMax = capacityMax
    capacity = Self.capacityMin
    unsafe places = Self.allocate(Self.capacityMin)
    unsafe filter = Self.allocateFilter(Self.capacityMin)
  }

  deinit {
    unsafe UnsafeMutableRawPointer(places).deallocate()
    unsafe filter.deallocate()
  }

  private static let capacityMin = 1_024

  private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<KnownSpan> {
    let byteCount = capacity * MemoryLayout<KnownSpan>.stride
    let isLarge = byteCount >= HugePages.byteCount
    let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: isLarge ? HugePages.byteCount : 64)
    if isLarge { unsafe HugePages.ask(for: memory, byteCount: byteCount) }
    let places = unsafe memory.bindMemory(to: KnownSpan.self, capacity: capacity)
    unsafe places.initialize(repeating: KnownSpan(key: 0, parent: 0, storedAt: 0, flags: []), count: capacity)
    return unsafe places
  }

  private static func allocateFilter(_ capacity: Int) -> UnsafeMutablePointer<UInt64> {
    let filter = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity / 8)
    unsafe filter.initialize(repeating: 0, count: capacity / 8)
    return unsafe filter
  }

  /// Makes room for some spans more; false if that is beyond the limit.
  ///
  /// Places move only here.
  func reserve(_ added: Int) -> Bool {
    var needed = capacity
    while count + added > needed / 8 * 7 {
      guard needed < capacityMax else { return false }
      needed *= 2
    }
    if needed > capacity { grow(to: needed) }
    return true
  }

  private func grow(to newCapacity: Int) {
    let (old, oldCapacity) = unsafe (places, capacity)
    unsafe places = Self.allocate(newCapacity)
    capacity = newCapacity
    // SAFETY: every index is below the capacity that its memory was allocated with.
    for index in 0..<oldCapacity where unsafe old[index].key != 0 {
      let place = self.place(of: unsafe old[index].key)
      unsafe places[place] = old[index]
    }
    unsafe UnsafeMutableRawPointer(old).deallocate()
    unsafe filter.deallocate()
    unsafe filter = Self.allocateFilter(newCapacity)
    for index in 0..<newCapacity where unsafe places[index].key != 0 { note(unsafe places[index].key) }
  }

  /// Where the filter has the bit of a key.
  @inline(__always)
  private func bit(of key: UInt64) -> (word: Int, mask: UInt64) {
    let bit = Int(truncatingIfNeeded: key >> 32) & (capacity &* 8 &- 1)
    return (bit >> 6, 1 << UInt64(bit & 63))
  }

  @inline(__always)
  private func note(_ key: UInt64) {
    let (word, mask) = bit(of: key)
    // SAFETY: the filter has eight bits a place, and the bit is masked to them.
    unsafe filter[word] |= mask
  }

  /// Whether a key may be here.
  @inline(__always)
  private func mayHold(_ key: UInt64) -> Bool {
    let (word, mask) = bit(of: key)
    // SAFETY: see note(_:).
    return unsafe filter[word] & mask != 0
  }

  /// Where a key is, or would be put.
  @inline(__always)
  private func place(of key: UInt64) -> Int {
    let mask = capacity &- 1
    var place = Int(truncatingIfNeeded: key) & mask
    // SAFETY: the mask keeps the place below the capacity; an empty place ends the search, and one in eight is empty.
    while unsafe places[place].key != key && places[place].key != 0 { place = (place &+ 1) & mask }
    return place
  }

  /// Reads where a key would be, so that it is in the cache when it is asked for, or put in.
  ///
  /// - Parameter ifHeld: Not for a key that is not here.
  @inline(__always)
  func touch(_ key: UInt64, ifHeld: Bool) -> UInt64 {
    if ifHeld, !mayHold(key) { return 0 }
    // SAFETY: see place(of:).
    return unsafe places[Int(truncatingIfNeeded: key) & (capacity &- 1)].key
  }

  /// The place of a key that is here.
  @inline(__always)
  func find(_ key: UInt64) -> Int? {
    guard mayHold(key) else { return nil }
    let place = place(of: key)
    // SAFETY: see place(of:).
    return unsafe places[place].key == 0 ? nil : place
  }

  /// Puts in a span that is not here; there MUST be room (``reserve(_:)``).
  ///
  /// Its place.
  @inline(__always)
  func insert(_ span: KnownSpan) -> Int {
    let place = place(of: span.key)
    // SAFETY: see place(of:).
    unsafe places[place] = span
    note(span.key)
    count &+= 1
    return place
  }

  @inline(__always)
  subscript(place: Int) -> KnownSpan {
    get {
      assert(place >= 0 && place < capacity)
      // SAFETY: places come from this table, whose capacity never shrinks while they are in use.
      return unsafe places[place]
    }
    set {
      assert(place >= 0 && place < capacity)
      // SAFETY: the same.
      unsafe places[place] = newValue
    }
  }

  /// Forgets every span; the memory stays.
  func removeAll() {
    unsafe places.update(repeating: KnownSpan(key: 0, parent: 0, storedAt: 0, flags: []), count: capacity)
    unsafe filter.update(repeating: 0, count: capacity / 8)
    count = 0
  }
}
