import API
import Base
import Engine
import HTTPTypes
import Identity
import JSON
import Synchronization
import TelemetryQueries

extension TelemetryEndpoints {
  /// How often a follower looks for new spans.
  static let tailPeriod = Duration.milliseconds(500)
  /// After this many looks without a span, an empty line shows that the connection is alive.
  static let tailHeartbeatCount = 10
  /// The most spans of one look.
  static let tailSpanCountMax = 500
  /// How long one live response lasts; a follower then asks again.
  ///
  /// Default 1 h: long enough to watch, short enough that a forgotten terminal does not query the store forever.
  static let tailDurationMax = Duration.seconds(3600)

  @Sendable static func tailSpans(_ call: TelemetryCall) throws -> HTTPResponse {
    let api = call.context.api
    var filter = try call.spanFilterWithDurations(range: TailFollower.range(around: call.now))
    filter.range = TailFollower.range(around: call.now)
    let slot = try api.tails.take(call.principal.tenant)
    let follower = TailFollower(call, filter: filter, api: api, slot: slot)
    return HTTPResponse(
      fields: ["content-type": "application/x-ndjson", "cache-control": "no-store"],
      body: .stream { try await follower.next() })
  }
}

/// A line of a live tail.
enum TailLine: Sendable {
  case span(StoredSpan)
  /// So many spans before the next line were left out.
  case skipped(Int)

  private static let skip = JSONShape<Int>.object { skip in
    skip.member(
      "skipped_span_count",
      .integer.described("Spans that were left out before the next line, because more were stored than a tail shows.")
    ) { $0 }
  }
  .named("TailSkip")

  static let shape: JSONShape<TailLine> = {
    let span = JSONShape.span
    var schemas = span.schemas
    schemas.add(skip.schemas)
    return JSONShape(Schema.either(span.schema, skip.schema), referringTo: schemas) { line, writer in
      switch line {
      case .span(let value): span.write(value, &writer)
      case .skipped(let count): skip.write(count, &writer)
      }
    }
    .named("TailLine")
  }()
}

/// Bounds how many live responses run at once, in total and per tenant, since each queries the store twice a second.
final class TailSlots: Sendable {
  private let counts = Mutex<[TenantID: Int]>([:])
  private let countMax: Int
  private let tenantCountMax: Int

  /// - Parameters:
  ///   - countMax: 32, at most 64 small queries a second.
  ///   - tenantCountMax: 8, so that it takes four tenants to keep the others out.
  init(countMax: Int = 32, tenantCountMax: Int = 8) {
    self.countMax = countMax
    self.tenantCountMax = tenantCountMax
  }

  /// A place that is free again when it is let go of.
  func take(_ tenant: TenantID) throws(Problem) -> Slot {
    let refusal: String? = counts.withLock { counts in
      let ofTenant = counts[tenant, default: 0]
      if ofTenant >= tenantCountMax { return "Your tenant has \(ofTenant) live tails open, which is the limit." }
      if counts.values.reduce(0, +) >= countMax { return "Too many live tails are open." }
      counts[tenant] = ofTenant + 1
      return nil
    }
    if let refusal {
      throw Problem(
        .overloaded, "\(refusal) Close one, or try again later.", fields: [("retry-after", "5")])
    }
    return Slot(slots: self, tenant: tenant)
  }

  /// One running response.
  final class Slot: Sendable {
    private let slots: TailSlots
    private let tenant: TenantID

    fileprivate init(slots: TailSlots, tenant: TenantID) {
      self.slots = slots
      self.tenant = tenant
    }

    deinit {
      slots.counts.withLock { counts in
        let left = counts[tenant, default: 1] - 1
        counts[tenant] = left > 0 ? left : nil
      }
    }
  }
}

/// The body of one live response.
final class TailFollower: Sendable {
  private let tenant: TenantID
  private let owner: WorkOwner
  private let filter: SpanFilter
  private let api: TelemetryEndpoints
  private let slot: TailSlots.Slot
  private let principal: Principal
  private let endsAt: UnixNanoseconds
  private let position = Mutex<TailPosition?>(nil)

  init(_ call: TelemetryCall, filter: SpanFilter, api: TelemetryEndpoints, slot: TailSlots.Slot) {
    principal = call.principal
    tenant = call.principal.tenant
    owner = call.owner
    endsAt = call.now.adding(TelemetryEndpoints.tailDurationMax)
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

  /// The next lines, or an empty line after a while without any; nil when the follower may no longer read or has read
  /// for long enough.
  ///
  /// The first call opens the response at once.
  func next() async throws -> [UInt8]? {
    guard let start = position.withLock({ $0 }) else {
      let first = try await asking { try $0.tailPosition() }
      position.withLock { $0 = first }
      return [0x0a]
    }
    var current = start
    for _ in 0..<TelemetryEndpoints.tailHeartbeatCount {
      // Twice a second, so a key that is revoked meanwhile opens nothing for longer than it does elsewhere.
      guard api.now() < endsAt, api.isActive(principal) else { return nil }
      let (lines, moved) = try await look(since: current)
      current = moved
      position.withLock { $0 = moved }
      if !lines.isEmpty { return lines }
      try await api.sleep(TelemetryEndpoints.tailPeriod)
    }
    return [0x0a]
  }

  private func look(since position: TailPosition) async throws -> ([UInt8], TailPosition) {
    var filter = filter
    filter.range = Self.range(around: api.now())
    let search = filter
    return try await asking { telemetry in
      var moved = position
      let new = try telemetry.newSpans(search, since: &moved, limit: TelemetryEndpoints.tailSpanCountMax)
      var writer = JSONWriter()
      let skipped: [TailLine] = new.skippedCount > 0 ? [.skipped(new.skippedCount)] : []
      for line in skipped + new.spans.map(TailLine.span) {
        TelemetryEndpoints.tailLine.write(line, &writer)
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
