import Base
package import Identity

/// What every implementation of ``IdempotencyStore`` must do.
///
/// The stores are opened with ``limits``.
package enum IdempotencyStoreConformance {
  package typealias Port = Registry & IdempotencyStore

  /// Small, so that the bounds are met soon.
  package static let limits = {
    var limits = IdempotencyLimits()
    limits.recordCountMax = 4
    limits.bodyBytesMax = 100
    return limits
  }()

  package static let all: [ConformanceCase<any Port>] = [
    ConformanceCase("a request is new once, in progress until it is completed, and then has its response") {
      store, other in
      try expect(try begin(store, "a") == .new)
      try expect(try begin(store, "a") == .inProgress)
      try expect(try begin(other, "a") == .inProgress)
      try other.complete(request("a"), response, at: time(2))
      try expect(try begin(store, "a") == .completed(response))
      try store.complete(request("a"), StoredResponse(status: 500, fields: [], body: nil), at: time(3))
      try store.abandon(request("a"))
      try expect(try begin(other, "a") == .completed(response))
      try expect(try begin(other, "A") == .new)
    },
    ConformanceCase("another request with the same key is a mismatch, in progress and completed") { store, other in
      try expect(try begin(store, "a") == .new)
      try expect(try begin(other, "a", fingerprint: 2) == .mismatch)
      try store.complete(request("a"), response, at: time(2))
      try expect(try begin(other, "a", fingerprint: 2) == .mismatch)
      try expect(try begin(other, "a") == .completed(response))
    },
    ConformanceCase("an abandoned request is new again, also with another fingerprint") { store, other in
      try expect(try begin(store, "a") == .new)
      try other.abandon(request("a"))
      try expect(try begin(store, "a", fingerprint: 2) == .new)
      try expect(try begin(store, "a", fingerprint: 2) == .inProgress)
      try store.abandon(request("never begun"))
      try store.complete(request("never begun"), response, at: time(2))
      try expect(try begin(store, "never begun") == .new)
    },
    ConformanceCase("tenants do not see each other's requests") { store, other in
      let tenant = try store.createTenant(name: "blue", at: time(1)).id
      try expect(try begin(store, "a") == .new)
      try store.complete(request("a"), response, at: time(2))
      try expect(try begin(other, "a", tenant: tenant, fingerprint: 2) == .new)
      try store.abandon(request("a", tenant))
      try expect(try begin(store, "a") == .completed(response))
      try expect(try kind { try begin(store, "a", tenant: TenantID(77)) } == .notFound)
    },
    ConformanceCase("of requests at the same time exactly one is new", connections: onlyOneIsNew),
    ConformanceCase("a completed request outlives its process, one in progress does not", connections: restart),
    ConformanceCase("a request counts for a day") { store, other in
      let begun: Int64 = 1_000_000
      try expect(try begin(store, "done", second: begun) == .new)
      try store.complete(request("done"), response, at: time(begun + 5))
      try expect(try begin(store, "open", second: begun) == .new)
      try expect(try begin(other, "done", second: begun + day - 1) == .completed(response))
      try expect(try begin(other, "open", second: begun + day - 1) == .inProgress)
      try expect(try begin(other, "done", fingerprint: 2, second: begun + day) == .new)
      try expect(try begin(other, "open", second: begun + day) == .new)
      // The clock was set back by more than a day.
      try expect(try begin(store, "open", second: begun - 1) == .new)
    },
    ConformanceCase("the completed requests that were begun first make room for new ones") { store, other in
      for (index, key) in ["a", "b", "c", "d"].enumerated() {
        try expect(try begin(store, key, second: Int64(index)) == .new)
        if key != "a" { try store.complete(request(key), response, at: time(10 - Int64(index))) }
      }
      try expect(try begin(other, "e", second: 20) == .new)
      try expect(try begin(other, "a", second: 20) == .inProgress)
      try expect(try begin(other, "c", second: 20) == .completed(response))
      try expect(try begin(other, "d", second: 20) == .completed(response))
      try expect(try begin(other, "b", second: 21) == .new)
      try expect(try begin(store, "f", second: 22) == .new)
      try expect(try kind { try begin(store, "g", second: 23) } == .limit)
      try expect(try begin(store, "a", second: 24) == .inProgress)
      let tenant = try store.createTenant(name: "blue", at: time(1)).id
      try expect(try begin(store, "g", tenant: tenant, second: 23) == .new)
      try store.abandon(request("f"))
      try expect(try begin(store, "g", second: 25) == .new)
    },
    ConformanceCase("a response comes back whole, without a body that is too long") { store, other in
      let fields = [
        StoredResponse.Field("etag", #""a:b""#), .init("location", "/api/v1/x?q=é"), .init("x-empty", ""),
        .init("x-accent", "\u{301}a:"),
        .init("etag", "again"),
      ]
      let bodies: [[UInt8]?] = [[], nil, [UInt8](0..<100), [UInt8](repeating: 0, count: 101)]
      for (index, body) in bodies.enumerated() {
        try expect(try begin(store, "\(index)") == .new)
        try store.complete(
          request("\(index)"), StoredResponse(status: 200 + index, fields: fields, body: body), at: time(2))
        let kept = body.flatMap { $0.count <= 100 ? $0 : nil }
        let expected = StoredResponse(status: 200 + index, fields: fields, body: kept)
        try expect(try begin(other, "\(index)") == .completed(expected))
      }
    },
    ConformanceCase("keys, fingerprints and fields that break a rule are refused") { store, _ in
      for key in ["", "é", "a\n", String(repeating: "a", count: 256)] {
        try expect(try kind { try begin(store, key) } == .invalid)
      }
      for key in [" ", "~", #"a"b"#, String(repeating: "a", count: 255)] {
        try expect(try begin(store, key) == .new)
      }
      for count in [0, 31, 33] {
        let fingerprint = [UInt8](repeating: 1, count: count)
        try expect(try kind { try store.begin(request("x"), fingerprint: fingerprint, at: time(1)) } == .invalid)
      }
      for (name, value) in [
        ("", ""), ("a:", ""), ("a", "b\nc: d"), ("a", "b\r"), ("a", String(repeating: "b", count: 8192)),
      ] {
        let response = StoredResponse(status: 200, fields: [.init(name, value)], body: nil)
        try expect(try kind { try store.complete(request(" "), response, at: time(2)) } == .invalid)
      }
      try expect(try begin(store, " ") == .inProgress)
    },
  ]

  private static let day: Int64 = 24 * 60 * 60

  private static let response = StoredResponse(
    status: 201, fields: [.init("content-type", "application/json")], body: Array(#"{"id":"a"}"#.utf8))

  @Sendable private static func onlyOneIsNew(_ connections: Connections<any Port>) async throws {
    for round in 0..<50 {
      let states = try await connections.together { try begin($0, "\(round)") }
      try expect(Set(states) == [.new, .inProgress])
      try connections.first.abandon(request("\(round)"))
    }
  }

  @Sendable private static func restart(_ connections: Connections<any Port>) async throws {
    let old = connections.first
    for key in ["done", "open", "other"] { try expect(try begin(old, key) == .new) }
    try old.complete(request("done"), response, at: time(2))
    let new = try connections.restarted()
    try expect(try begin(new, "done") == .completed(response))
    try expect(try begin(new, "done", fingerprint: 2) == .mismatch)
    try expect(try begin(new, "open") == .new)
    try expect(try begin(new, "open") == .inProgress)
    try expect(try begin(new, "other", fingerprint: 2) == .new)
    // What the process before still says of a request that is the new one's by now.
    try old.complete(request("open"), response, at: time(3))
    try old.abandon(request("other"))
    try expect(try begin(new, "open") == .inProgress)
    try expect(try begin(new, "other", fingerprint: 2) == .inProgress)
    try new.complete(request("open"), response, at: time(4))
    try expect(try begin(try connections.restarted(), "open") == .completed(response))
    // Of what is in progress only the requests of this process take room.
    let newest = try connections.restarted()
    for key in ["1", "2", "3", "4"] { try expect(try begin(newest, key) == .new) }
    try expect(try kind { try begin(newest, "5") } == .limit)
  }

  private static func request(_ key: String, _ tenant: TenantID = .default) -> IdempotentRequest {
    IdempotentRequest(tenant: tenant, key: key)
  }

  private static func begin(
    _ store: any Port, _ key: String, tenant: TenantID = .default, fingerprint: UInt8 = 1, second: Int64 = 1
  ) throws -> IdempotencyState {
    try store.begin(
      request(key, tenant), fingerprint: [UInt8](repeating: fingerprint, count: 32), at: time(second))
  }
}
