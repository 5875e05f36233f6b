import CAxonizeCore

/// Spans on their way from the queue into a request.
///
/// The records lie one after another behind a gap, into which the head of the request is written when all are of one
/// scope; so a request takes no second copy.
struct Batch {
  struct Entry {
    var offset: UInt32
    var size: UInt32
    var scope: UInt32
  }

  var data: UnsafeMutablePointer<UInt8>?
  var capacity = 0
  /// Where the records begin and end.
  var begin = 0
  var end = 0
  var entries: UnsafeMutablePointer<Entry>?
  var entryCapacity = 0
  var count = 0
  /// The scope of the first record, and whether others have another.
  var scope: UInt32 = 0
  var isMixed = false
  /// Set when a record did not fit, so that the batch is sent though it has room for smaller ones.
  var isFull = false
  var firstTick: UInt64 = 0
  /// The queue position of the first record.
  var position: UInt64 = 0
}

/// An encoded ExportTraceServiceRequest in memory that `memory` owns.
struct Request {
  var memory: UnsafeMutablePointer<UInt8>?
  var body: UnsafeMutablePointer<UInt8>?
  var size = 0
  /// The size before compression.
  var encodedSize = 0
  var spans = 0
  /// AXZ_COMPRESSION_* of the body.
  var compression = UInt32(AXZ_COMPRESSION_NONE)

  static func release(_ request: UnsafeMutablePointer<Request>) {
    free(request.pointee.memory)
    request.pointee = Request()
  }
}

extension Batch {
  /// Takes records from the queue until the batch is full or the queue is empty; returns how many.
  static func fill(
    _ batch: UnsafeMutablePointer<Batch>, _ core: UnsafeMutablePointer<axz_core>, _ settings: Sending, now: UInt64
  ) -> Int {
    var taken = 0
    while batch.pointee.count < settings.batchSpans, let record = head(core) {
      let used = batch.pointee.end &- batch.pointee.begin
      if batch.pointee.count > 0, used &+ record.size > settings.batchBytes {
        batch.pointee.isFull = true
        break
      }
      guard reserve(batch, settings, record.size), let data = batch.pointee.data, let entries = batch.pointee.entries
      else {
        batch.pointee.isFull = batch.pointee.count > 0
        break
      }
      let known = record.scope < axz_load32(&core.pointee.scope_count) ? record.scope : 0
      memcpy(data + batch.pointee.end, record.bytes, record.size)
      entries[batch.pointee.count] = Entry(
        offset: UInt32(truncatingIfNeeded: batch.pointee.end), size: UInt32(truncatingIfNeeded: record.size),
        scope: known)
      if batch.pointee.count == 0 {
        batch.pointee.scope = known
        batch.pointee.firstTick = now
        batch.pointee.position = core.pointee.dequeue_position
      } else if known != batch.pointee.scope {
        batch.pointee.isMixed = true
      }
      batch.pointee.end &+= record.size
      batch.pointee.count &+= 1
      taken &+= 1
      advance(core)
    }
    // What was taken is settled later, and what comes to be settled then is told by positions after the restart.
    if taken > 0 { restart(core) }
    return taken
  }

  /// The queue position of the first record that is not in a request yet.
  static func begin(_ batch: UnsafeMutablePointer<Batch>, _ core: UnsafeMutablePointer<axz_core>) -> UInt64 {
    batch.pointee.count > 0 ? batch.pointee.position : core.pointee.dequeue_position
  }

  /// Whether a record did not fit or none of usual size would.
  static func isFull(_ batch: UnsafeMutablePointer<Batch>, _ settings: Sending) -> Bool {
    batch.pointee.isFull || batch.pointee.count >= settings.batchSpans
      || batch.pointee.end &- batch.pointee.begin &+ slotRoom >= settings.batchBytes
  }

  private static func reserve(_ batch: UnsafeMutablePointer<Batch>, _ settings: Sending, _ size: Int) -> Bool {
    if batch.pointee.count == 0 {
      batch.pointee.begin = settings.gap
      batch.pointee.end = settings.gap
    }
    let wanted = batch.pointee.end &+ size &+ settings.tail
    if wanted > batch.pointee.capacity {
      var capacity = max(batch.pointee.capacity &* 2, 65536)
      while capacity < wanted { capacity = capacity &* 2 }
      guard let memory = realloc(batch.pointee.data, capacity) else { return false }
      batch.pointee.data = memory.assumingMemoryBound(to: UInt8.self)
      batch.pointee.capacity = capacity
    }
    if batch.pointee.count == batch.pointee.entryCapacity {
      let capacity = max(batch.pointee.entryCapacity &* 2, 256)
      guard let memory = realloc(batch.pointee.entries, capacity &* MemoryLayout<Entry>.stride) else { return false }
      batch.pointee.entries = memory.assumingMemoryBound(to: Entry.self)
      batch.pointee.entryCapacity = capacity
    }
    return true
  }

  /// Makes a request of the records and empties the batch; nil without memory, and the batch is as before.
  static func seal(
    _ batch: UnsafeMutablePointer<Batch>, _ core: UnsafeMutablePointer<axz_core>, _ settings: Sending
  ) -> Request? {
    var request: Request
    if batch.pointee.isMixed || !fitsGap(batch, core, settings) {
      guard let mixed = sealMixed(batch, core, settings) else { return nil }
      request = mixed
    } else {
      request = sealInPlace(batch, core, settings)
      batch.pointee.data = nil
      batch.pointee.capacity = 0
    }
    request.spans = batch.pointee.count
    empty(batch)
    request.encodedSize = request.size
    return request
  }

  /// Forgets the records and keeps the memory.
  static func empty(_ batch: UnsafeMutablePointer<Batch>) {
    batch.pointee.count = 0
    batch.pointee.begin = 0
    batch.pointee.end = 0
    batch.pointee.isMixed = false
    batch.pointee.isFull = false
  }

  /// Frees what the batch holds.
  static func release(_ batch: UnsafeMutablePointer<Batch>) {
    free(batch.pointee.data)
    free(batch.pointee.entries)
    batch.pointee = Batch()
  }
}

// MARK: Encoding

// ExportTraceServiceRequest: resource_spans 1. ResourceSpans: resource 1, scope_spans 2, schema_url 3.
// `settings.head` is the encoded resource field, `settings.foot` the encoded schema field.

extension Batch {
  /// Tags and lengths of ResourceSpans and ScopeSpans at most.
  static let framing = 2 * 11

  private static func fitsGap(
    _ batch: UnsafeMutablePointer<Batch>, _ core: UnsafeMutablePointer<axz_core>, _ settings: Sending
  ) -> Bool {
    let scope = AxonizeCore.scope(core, batch.pointee.scope)
    return framing &+ settings.headSize &+ scope.pointee.headSize <= settings.gap
      && scope.pointee.tailSize &+ settings.footSize <= settings.tail
  }

  private static func sealInPlace(
    _ batch: UnsafeMutablePointer<Batch>, _ core: UnsafeMutablePointer<axz_core>, _ settings: Sending
  ) -> Request {
    let scope = AxonizeCore.scope(core, batch.pointee.scope)
    let records = batch.pointee.end &- batch.pointee.begin
    let scopeSize = scope.pointee.headSize &+ records &+ scope.pointee.tailSize
    let resourceSize =
      settings.headSize &+ 1 &+ varintSize(UInt64(scopeSize)) &+ scopeSize &+ settings.footSize
    let headSize =
      1 &+ varintSize(UInt64(resourceSize)) &+ settings.headSize &+ 1 &+ varintSize(UInt64(scopeSize))
      &+ scope.pointee.headSize
    // The batch holds records, so it has memory.
    let data = batch.pointee.data.unsafelyUnwrapped
    let body = data + (batch.pointee.begin &- headSize)
    var place = putHead(body, settings, resourceSize)
    place = putScopeHead(place, scope, scopeSize)
    var end = data + batch.pointee.end
    memcpy(end, Scope.tail(scope), scope.pointee.tailSize)
    end += scope.pointee.tailSize
    memcpy(end, settings.foot, settings.footSize)
    end += settings.footSize
    return Request(memory: data, body: body, size: end - body, spans: 0)
  }

  private static func putHead(_ place: Place, _ settings: Sending, _ size: Int) -> Place {
    let content = putVarint(putByte(place, 0x0a), UInt64(size))
    memcpy(content, settings.head, settings.headSize)
    return content + settings.headSize
  }

  private static func putScopeHead(_ place: Place, _ scope: UnsafeMutablePointer<Scope>, _ size: Int) -> Place {
    let content = putVarint(putByte(place, 0x12), UInt64(size))
    memcpy(content, Scope.head(scope), scope.pointee.headSize)
    return content + scope.pointee.headSize
  }

  /// Records of several scopes, grouped by scope in the order of the scopes' numbers.
  private static func sealMixed(
    _ batch: UnsafeMutablePointer<Batch>, _ core: UnsafeMutablePointer<axz_core>, _ settings: Sending
  ) -> Request? {
    let scopes = Int(axz_load32(&core.pointee.scope_count))
    guard let memory = calloc(scopes, MemoryLayout<Int>.stride), let data = batch.pointee.data,
      let entries = batch.pointee.entries
    else { return nil }
    defer { free(memory) }
    let sizes = memory.assumingMemoryBound(to: Int.self)
    for index in 0..<batch.pointee.count { sizes[Int(entries[index].scope)] &+= Int(entries[index].size) }
    var resourceSize = settings.headSize &+ settings.footSize
    for number in 0..<scopes where sizes[number] > 0 {
      let size = scopeSize(core, number, sizes[number])
      resourceSize &+= 1 &+ varintSize(UInt64(size)) &+ size
    }
    let whole = 1 &+ varintSize(UInt64(resourceSize)) &+ resourceSize
    guard let target = malloc(whole) else { return nil }
    let body = target.assumingMemoryBound(to: UInt8.self)
    var place = putHead(body, settings, resourceSize)
    for number in 0..<scopes where sizes[number] > 0 {
      let scope = AxonizeCore.scope(core, UInt32(number))
      place = putScopeHead(place, scope, scopeSize(core, number, sizes[number]))
      for index in 0..<batch.pointee.count where Int(entries[index].scope) == number {
        memcpy(place, data + Int(entries[index].offset), Int(entries[index].size))
        place += Int(entries[index].size)
      }
      memcpy(place, Scope.tail(scope), scope.pointee.tailSize)
      place += scope.pointee.tailSize
    }
    memcpy(place, settings.foot, settings.footSize)
    return Request(memory: body, body: body, size: whole, spans: 0)
  }

  private static func scopeSize(_ core: UnsafeMutablePointer<axz_core>, _ number: Int, _ records: Int) -> Int {
    let scope = AxonizeCore.scope(core, UInt32(number))
    return scope.pointee.headSize &+ records &+ scope.pointee.tailSize
  }
}
