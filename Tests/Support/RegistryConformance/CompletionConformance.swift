import Base
package import Identity

/// What every registry must do where a change of a document completes an idempotent request.
package enum CompletionConformance {
  package typealias Port = Registry & DocumentStore & IdempotencyStore

  package static let all: [ConformanceCase<any Port>] = [
    ConformanceCase("a change and its response are kept together") { store, other in
      try expect(try begin(store, "put") == .new)
      let made = try put(store, completing: completion("put") { response("\($0.revision)") })
      try expect(try other.document(view) == made)
      try expect(try begin(other, "put") == .completed(response("1")))
      try expect(try begin(store, "delete") == .new)
      try store.delete(view, expecting: .any, completing: completion("delete") { response("gone") })
      try expect(try other.document(view) == nil)
      try expect(try begin(other, "delete") == .completed(response("gone")))
    },
    ConformanceCase("a change whose response cannot be kept is not made") { store, other in
      try expect(try begin(store, "put") == .new)
      let wrong = StoredResponse(status: 200, fields: [.init("a", "b\nc")], body: nil)
      try expect(try kind { try put(store, completing: completion("put") { _ in wrong }) } == .invalid)
      try expect(try other.document(view) == nil)
      try expect(try begin(other, "put") == .inProgress)
      let made = try put(store, completing: nil)
      let failed = try kind {
        try store.delete(view, expecting: .any, completing: completion("put") { wrong })
      }
      try expect(failed == .invalid)
      try expect(try other.document(view) == made)
    },
    ConformanceCase("a change that is refused leaves its request in progress") { store, other in
      _ = try put(store, completing: nil)
      try expect(try begin(store, "put") == .new)
      let refused = try kind {
        try put(store, expecting: .absent, completing: completion("put") { _ in response("") })
      }
      try expect(refused == .conflict)
      try expect(try begin(other, "put") == .inProgress)
    },
  ]

  private static let view = DocumentReference(tenant: .default, kind: "saved_view", id: "a")

  private static func put(
    _ store: any Port, expecting expectation: DocumentExpectation = .any,
    completing completion: IdempotentCompletion<Document>?
  ) throws -> Document {
    try store.put(
      view, name: nil, body: [1], expecting: expectation, at: time(2), by: nil, completing: completion)
  }

  private static func completion<Change>(
    _ key: String, _ response: @escaping @Sendable (Change) -> StoredResponse
  ) -> IdempotentCompletion<Change> {
    IdempotentCompletion(IdempotentRequest(tenant: .default, key: key), at: time(2), response: response)
  }

  private static func response(_ body: String) -> StoredResponse {
    StoredResponse(status: 200, fields: [.init("etag", "\"1\"")], body: Array(body.utf8))
  }

  private static func begin(_ store: any Port, _ key: String) throws -> IdempotencyState {
    try store.begin(
      IdempotentRequest(tenant: .default, key: key), fingerprint: [UInt8](repeating: 1, count: 32), at: time(1))
  }
}
