import Ground
import HTTPTypes
import Identity
import JSON
import StorePorts
import Synchronization
import TraceQueries

extension QueryAPI {
  /// How often a follower looks for new spans.
  static let tailPeriod = Duration.milliseconds(500)
  /// So many looks without a span, and an empty line tells that the connection lives.
  static let tailHeartbeatCount = 10
  /// The most spans of one look.
  static let tailSpanCountMax = 500

  @Sendable static func tailSpans(_ call: Call, _ api: QueryAPI) throws -> HTTPResponse {
    var filter = try call.spanFilterWithDurations(range: TailFollower.range(around: call.now))
    filter.range = TailFollower.range(around: call.now)
    let slot = try api.tails.take()
    let follower = TailFollower(call, filter: filter, api: api, slot: slot)
    return HTTPResponse(
      fields: ["content-type": "application/x-ndjson", "cache-control": "no-store"],
      body: .stream { try await follower.next() })
  }
}

/// Bounds how many live answers run at once, since each asks the store twice a second.
final class TailSlots: Sendable {
  private let count = Mutex(0)
  private let countMax: Int

  init(countMax: Int = 32) { self.countMax = countMax }

  /// A place that is free again when it is let go of.
  func take() throws(Problem) -> Slot {
    let isTaken = count.withLock { count in
      guard count < countMax else { return false }
      count += 1
      return true
    }
    guard isTaken else {
      throw Problem(
        status: 503, code: .overloaded, detail: "\(countMax) live answers run already. Try again later.",
        fields: [("retry-after", "5")])
    }
    return Slot(slots: self)
  }

  /// One running answer.
  final class Slot: Sendable {
    private let slots: TailSlots

    fileprivate init(slots: TailSlots) { self.slots = slots }

    deinit { slots.count.withLock { $0 -= 1 } }
  }
}

/// The body of one live answer.
final class TailFollower: Sendable {
  private let tenant: TenantID
  private let owner: WorkOwner
  private let filter: SpanFilter
  private let api: QueryAPI
  private let slot: TailSlots.Slot
  private let position = Mutex<TailPosition?>(nil)

  init(_ call: Call, filter: SpanFilter, api: QueryAPI, slot: TailSlots.Slot) {
    tenant = call.principal.tenant
    owner = call.owner
    self.filter = filter
    self.api = api
    self.slot = slot
  }

  /// Spans that are stored now started at most a day ago; clocks may run ahead by an hour.
  static func range(around now: UnixNanoseconds) -> TimeRange {
    let hour: Int64 = 3_600_000_000_000
    return TimeRange(
      start: UnixNanoseconds(now.rawValue - 24 * hour), end: UnixNanoseconds(now.rawValue + hour))
  }

  /// The next lines, or an empty line after a while without any. The first call opens the answer at once.
  func next() async throws -> [UInt8]? {
    guard let start = position.withLock({ $0 }) else {
      let now = api.now()
      let first = try await asking { try $0.tailPosition(now: now) }
      position.withLock { $0 = first }
      return [0x0a]
    }
    var current = start
    for _ in 0..<QueryAPI.tailHeartbeatCount {
      let (lines, moved) = try await look(since: current)
      current = moved
      position.withLock { $0 = moved }
      if !lines.isEmpty { return lines }
      try await api.sleep(QueryAPI.tailPeriod)
    }
    return [0x0a]
  }

  private func look(since position: TailPosition) async throws -> ([UInt8], TailPosition) {
    let now = api.now()
    var filter = filter
    filter.range = Self.range(around: now)
    let search = filter
    return try await asking { telemetry in
      var moved = position
      let spans = try telemetry.newSpans(search, since: &moved, now: now, limit: QueryAPI.tailSpanCountMax)
      var writer = JSONWriter()
      for span in spans {
        SpanJSON.write(span, to: &writer)
        writer.newline()
      }
      return (writer.bytes, moved)
    }
  }

  /// Each look is a request of its own to the workers, with a deadline of its own.
  private func asking<Result: Sendable>(
    _ work: @escaping @Sendable (TenantTelemetry) throws -> Result
  ) async throws -> Result {
    try await api.workers.run(for: owner) { [api, tenant] activity in
      try work(api.reader.telemetry(of: tenant, during: activity))
    }
  }
}
