import Base
import HTTPTypes
package import Identity

/// Requests that change something and may come again: the response to the first one is kept and sent again
/// (draft-ietf-httpapi-idempotency-key-header).
package struct IdempotentRequests: Sendable {
  /// The longest key. 255: what the draft's examples and other servers take.
  static let keyLengthMax = 255
  static let keyPattern = "^[\\x20-\\x7e]+$"

  let store: any IdempotencyStore
  /// A hash that nobody finds two equal inputs of (SHA-256).
  let hash: @Sendable ([UInt8]) -> [UInt8]

  package init(store: any IdempotencyStore, hash: @escaping @Sendable ([UInt8]) -> [UInt8]) {
    self.store = store
    self.hash = hash
  }

  /// Answers a call, or repeats the response that an equal call got before.
  func answer(_ call: Call<Void>, _ endpoint: Endpoint<Void>) throws -> HTTPResponse {
    guard let key = try Self.key(of: call.request) else { return try endpoint.work(call) }
    let request = IdempotentRequest(tenant: call.principal.tenant, key: key)
    switch try store.begin(request, fingerprint: fingerprint(of: call.request), at: call.now) {
    case .new: break
    case .completed(let stored): return try Self.response(stored)
    case .inProgress:
      throw Problem(
        .conflict, "A request with this Idempotency-Key is being worked on. Send it again in a moment.",
        fields: [("retry-after", "1")])
    case .mismatch:
      throw Problem(
        .idempotencyKeyReused, "This Idempotency-Key came with another request before. Use a new key for each change.")
    }
    let response: HTTPResponse
    do {
      response = try endpoint.work(call)
    } catch let problem as Problem where problem.status < 500 {
      response = endpoint.definition.problemFormat(problem, call.request)
    } catch {
      // Nothing was decided, so the client may try again with the same key.
      try store.abandon(request)
      throw error
    }
    guard case .bytes(let body) = response.body else {
      preconditionFailure("\(endpoint.definition.name) changes something, so its response must not be a stream")
    }
    let fields = response.fields.fields.map { StoredResponse.Field($0.name, $0.value) }
    try store.complete(request, StoredResponse(status: response.status, fields: fields, body: body), at: call.now)
    return response
  }

  private static func key(of request: HTTPRequest) throws(Problem) -> String? {
    guard let key = request.fields["idempotency-key"] else { return nil }
    guard (1...keyLengthMax).contains(key.utf8.count), key.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
      throw Problem(
        .invalidHeader, "Idempotency-Key: expected 1 to \(keyLengthMax) characters of printable ASCII, e.g. a UUID.")
    }
    return key
  }

  private func fingerprint(of request: HTTPRequest) -> [UInt8] {
    let conditions = ["if-match", "if-none-match"].map { request.fields[$0] ?? "" }
    let head = ([request.method.description, request.path, request.query] + conditions).joined(separator: "\0")
    return hash(Array(head.utf8) + [0] + request.body)
  }

  private static func response(_ stored: StoredResponse) throws(Problem) -> HTTPResponse {
    guard let body = stored.body else {
      throw Problem(
        .conflict, "This change was made by an earlier request with the same Idempotency-Key, whose response was too long "
          + "to be kept. Read the object.")
    }
    let fields = stored.fields.map { HTTPFields.Field(name: $0.name, value: $0.value) }
    return HTTPResponse(status: stored.status, fields: HTTPFields(fields), body: .bytes(body))
  }
}
