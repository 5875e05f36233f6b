package import Base
package import Columns
import Synchronization

/// Remembers recent spans, and so decides what counts of new ones: not a copy of a span that is stored, and of nested
/// spans that report tokens only the innermost.
///
/// Children mostly come before their parents. Where an outer span was stored, and counted, before one inside it, it is among
/// ``takeLate()``. Memory is bounded: two generations of spans, the older one forgotten when the younger is full. See
/// docs/adr/0013-counting-each-call-once.md.
package final class SpanLedger: Sendable {
  /// Places of a generation: 917,504 spans in 24 MiB, three seconds of a server at its full rate and minutes of others.
  package static let placesMax = 1 << 20

  private let state: Mutex<State>

  /// - Parameter seeds: Two secret random numbers, so that nobody can make keys collide.
  package init(
    placesMax: Int = SpanLedger.placesMax,
    seeds: (UInt64, UInt64) = (.random(in: 1 ... .max), .random(in: 1 ... .max))
  ) {
    state = Mutex(State(placesMax: placesMax, seeds: seeds))
  }

  /// What of each row counts: the column `counting` of `spans`.
  ///
  /// The rows count as stored from now on; if they are not, ``takeBack()`` MUST follow before the next call.
  package func mark(_ block: ColumnBlock, storedAt: UnixNanoseconds) -> FixedColumn<UInt8> {
    let seconds = UInt32(clamping: storedAt.rawValue / 1_000_000_000)
    let counting = FixedColumn<UInt8>()
    state.withLock { $0.mark(SpanIdentities(block), storedAt: seconds, counting: counting) }
    return counting
  }

  /// The spans of the last ``mark(_:storedAt:)`` were not stored.
  func takeBack() { state.withLock { $0.takeBack() } }

  /// The spans that were found to be outer ones after they had counted, since this was last asked.
  func takeLate() -> [LateOuterSpan] {
    state.withLock { state in
      defer { state.late = [] }
      return state.late
    }
  }

  /// Keeps late spans for the next time; how many were too many.
  func keepLate(_ spans: [LateOuterSpan]) -> Int {
    state.withLock { state in
      let kept = spans.prefix(max(0, LateOuterSpan.waitingCountMax - state.late.count))
      state.late += kept
      return spans.count - kept.count
    }
  }

  /// Notes spans that were stored before the process began, in the order in which they came.
  ///
  /// - Parameters:
  ///   - storedAt: When each was stored, in seconds since 1970.
  ///   - counting: What each row says of itself, with ``SpanCounting/outer`` set where `late_outer_spans` names it.
  func load(_ block: ColumnBlock, storedAt: [UInt32], counting: [UInt8]) {
    state.withLock { $0.load(SpanIdentities(block), storedAt: storedAt, counting: counting) }
  }

  /// Spans that are known, in both generations; for tests.
  var knownCount: Int { state.withLock { $0.knownCount } }
}

/// The bits of `spans.counting`.
enum SpanCounting {
  /// The row is a copy of one that is stored.
  static let repeated: UInt8 = 1
  /// A span inside this one reports tokens.
  static let outer: UInt8 = 2
}

/// A span that was stored, and counted, before one inside it that reports tokens.
struct LateOuterSpan: Sendable {
  let tenant: UInt32
  let traceID: (high: UInt64, low: UInt64)
  let spanID: UInt64
  /// In seconds since 1970.
  let storedAt: UInt32

  /// The most that wait for the store to take them; more are lost, with a warning.
  ///
  /// 4 MiB.
  static let waitingCountMax = 100_000
}

/// The ledger's tables, and what the last call changed in them.
private struct State {
  private var young: SpanTable
  private var old: SpanTable
  var late: [LateOuterSpan] = []
  private let placesMax: Int
  private let seeds: (UInt64, UInt64)
  // Of the rows at hand.
  private var keys: [UInt64] = []
  private var places: [Place] = []
  /// The span that was last found to be an outer one; its other children need not look for it.
  private var lastOuter: UInt64 = 0
  // What is to be undone if the rows are not stored.
  private var stored: [Place] = []
  private var madeOuter: [Place] = []
  private var lateCountBefore = 0

  /// A place in one of the tables: twice its index, and one more in the older table.
  private struct Place {
    var rawValue: Int

    static let none = Place(rawValue: -1)

    init(rawValue: Int) { self.rawValue = rawValue }
    init(_ index: Int, isOld: Bool) { rawValue = index << 1 | (isOld ? 1 : 0) }
  }

  init(placesMax: Int, seeds: (UInt64, UInt64)) {
    self.placesMax = placesMax
    self.seeds = seeds
    young = SpanTable(capacityMax: placesMax)
    old = SpanTable(capacityMax: placesMax)
  }

  var knownCount: Int { young.count + old.count }

  mutating func mark(_ spans: SpanIdentities, storedAt: UInt32, counting: FixedColumn<UInt8>) {
    counting.append(repeating: 0, count: spans.count)
    stored.removeAll(keepingCapacity: true)
    madeOuter.removeAll(keepingCapacity: true)
    lateCountBefore = late.count
    forEachChunk(of: spans) { state, rows in
      for row in rows where !state.note(spans, row, row - rows.lowerBound, storedAt: storedAt, flags: .underWay) {
        counting[row] = SpanCounting.repeated
      }
      // Only now is it known which of the rows have others inside them.
      for row in rows {
        let place = state.places[row - rows.lowerBound]
        guard place.rawValue >= 0 else { continue }
        var flags = state[place].flags
        flags.remove(.underWay)
        if flags.contains(.outer) {
          counting[row] = SpanCounting.outer
          flags.insert(.notedAsOuter)
        }
        state[place].flags = flags
      }
    }
  }

  mutating func load(_ spans: SpanIdentities, storedAt: [UInt32], counting: [UInt8]) {
    forEachChunk(of: spans) { state, rows in
      for row in rows {
        let index = row - rows.lowerBound
        // What does not count need not be taken back.
        _ = state.note(
          spans, row, index, storedAt: storedAt[row], flags: counting[row] == 0 ? [] : .notedAsOuter)
        let place = state.places[index]
        if counting[row] & SpanCounting.outer != 0, place.rawValue >= 0 { state[place].flags.insert(.outer) }
      }
    }
  }

  mutating func takeBack() {
    for place in madeOuter { self[place].flags.remove([.outer, .notedAsOuter]) }
    for place in stored { self[place].flags.remove([.stored, .notedAsOuter]) }
    late.removeLast(max(0, late.count - lateCountBefore))
  }

  /// Runs a body over rows for which there is room: each may add itself and a parent.
  ///
  /// `keys` and `places` are of these.
  private mutating func forEachChunk(of spans: SpanIdentities, _ body: (inout State, Range<Int>) -> Void) {
    var start = 0
    while start < spans.count {
      let rows = start..<min(spans.count, start + placesMax / 4)
      if !young.reserve(2 * rows.count) {
        swap(&young, &old)
        young.removeAll()
        let hasRoom = young.reserve(2 * rows.count)
        precondition(hasRoom, "an empty generation has no room for a quarter of its places")
        // The places are others now. Rows that are not stored after all then keep counting as if they were.
        stored.removeAll()
        madeOuter.removeAll()
      }
      lastOuter = 0
      computeKeys(spans, rows)
      body(&self, rows)
      start = rows.upperBound
    }
  }

  private mutating func computeKeys(_ spans: SpanIdentities, _ rows: Range<Int>) {
    keys.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
    places.append(contentsOf: repeatElement(.none, count: rows.count))
    var touched: UInt64 = 0
    for row in rows {
      let key = key(spans, row, spans.spanID[row])
      keys.append(key)
      // The processor waits for memory once for many of these, but for each one of the look-ups below.
      touched ^= young.touch(key, ifHeld: false) ^ old.touch(key, ifHeld: true)
    }
    withExtendedLifetime(touched) {}
  }

  /// Notes a span; false if it is known to be stored.
  @inline(__always)
  private mutating func note(
    _ spans: SpanIdentities, _ row: Int, _ index: Int, storedAt: UInt32, flags: KnownSpan.Flags
  ) -> Bool {
    let key = keys[index]
    let spanID = spans.spanID[row]
    let parent = spans.parentSpanID[row] == spanID ? 0 : spans.parentSpanID[row]
    let tokens = spans.tellsTokens(row)
    var span = KnownSpan(key: key, parent: parent, storedAt: storedAt, flags: flags.union(.stored))
    if tokens || spans.namesModel(row) { span.flags.insert(.tellsCall) }
    var isOuter = false
    var place = find(key)
    if place.rawValue >= 0 {
      let known = self[place].flags
      if known.contains(.stored) { return false }
      isOuter = known.contains(.outer)
      span.flags.formUnion(known)
      self[place] = span
    } else {
      place = Place(young.insert(span), isOld: false)
    }
    places[index] = place
    stored.append(place)
    if (tokens || isOuter) && parent != 0 { makeOuter(spans, row, parent) }
    return true
  }

  /// Marks a span and all around it as having one inside that reports tokens.
  ///
  /// Each span is reached once.
  @inline(__always)
  private mutating func makeOuter(_ spans: SpanIdentities, _ row: Int, _ first: UInt64) {
    let key = key(spans, row, first)
    if key == lastOuter { return }
    lastOuter = key
    makeOuter(spans, row, first, key: key)
  }

  private mutating func makeOuter(_ spans: SpanIdentities, _ row: Int, _ first: UInt64, key: UInt64) {
    var spanID = first
    var key = key
    while true {
      let place = find(key)
      guard place.rawValue >= 0 else {
        let span = KnownSpan(key: key, parent: 0, storedAt: 0, flags: .outer)
        return madeOuter.append(Place(young.insert(span), isOld: false))
      }
      let span = self[place]
      if span.flags.contains(.outer) { return }
      self[place].flags.insert(.outer)
      madeOuter.append(place)
      if span.flags.isSuperset(of: [.stored, .tellsCall]), span.flags.isDisjoint(with: [.underWay, .notedAsOuter]) {
        self[place].flags.insert(.notedAsOuter)
        late.append(
          LateOuterSpan(
            tenant: spans.tenant[row], traceID: spans.traceID[row], spanID: spanID, storedAt: span.storedAt))
      }
      if span.parent == 0 { return }
      spanID = span.parent
      key = self.key(spans, row, spanID)
    }
  }

  @inline(__always)
  private func find(_ key: UInt64) -> Place {
    if let index = young.find(key) { return Place(index, isOld: false) }
    return old.find(key).map { Place($0, isOld: true) } ?? .none
  }

  private subscript(place: Place) -> KnownSpan {
    @inline(__always) get { (place.rawValue & 1 == 0 ? young : old)[place.rawValue >> 1] }
    @inline(__always) nonmutating set { (place.rawValue & 1 == 0 ? young : old)[place.rawValue >> 1] = newValue }
  }

  @inline(__always)
  private func key(_ spans: SpanIdentities, _ row: Int, _ spanID: UInt64) -> UInt64 {
    let trace = spans.traceID[row]
    let first = Self.fold(trace.high ^ seeds.0, trace.low ^ seeds.1)
    let key = Self.fold(first ^ UInt64(spans.tenant[row]) ^ seeds.1, spanID ^ first ^ seeds.0)
    return key == 0 ? 1 : key
  }

  @inline(__always)
  private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }
}

/// The columns of spans that say which they are, what is around them and whether they are calls.
private struct SpanIdentities {
  let count: Int
  let tenant: FixedColumn<UInt32>
  let traceID: FixedBytesColumn
  let spanID: FixedColumn<UInt64>
  let parentSpanID: FixedColumn<UInt64>
  private let inputTokens: NullableColumn<UInt64>
  private let outputTokens: NullableColumn<UInt64>
  private let requestModel: DictionaryColumn
  private let responseModel: DictionaryColumn
  private let noRequestModel: UInt32
  private let noResponseModel: UInt32

  init(_ block: ColumnBlock) {
    func column<Wanted>(_ name: String) -> Wanted {
      guard let column = block[name] as? Wanted else { preconditionFailure("a block of spans without \(name)") }
      return column
    }
    count = block.rowCount
    tenant = column("tenant")
    traceID = column("trace_id")
    spanID = column("span_id")
    parentSpanID = column("parent_span_id")
    inputTokens = column("input_tokens")
    outputTokens = column("output_tokens")
    requestModel = column("request_model")
    responseModel = column("response_model")
    noRequestModel = requestModel.dictionary.code("")
    noResponseModel = responseModel.dictionary.code("")
  }

  @inline(__always)
  func tellsTokens(_ row: Int) -> Bool { inputTokens[row] ?? 0 > 0 || outputTokens[row] ?? 0 > 0 }

  @inline(__always)
  func namesModel(_ row: Int) -> Bool {
    requestModel.codes[row] != noRequestModel || responseModel.codes[row] != noResponseModel
  }
}
