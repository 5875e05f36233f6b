import Base
import HTTPTypes
package import Identity
import Synchronization

/// Requests that change something and may come again: the response to the first one is kept and sent again
/// (draft-ietf-httpapi-idempotency-key-header).
///
/// A change of a document keeps its response in its own transaction (``Call/put(_:name:body:in:expecting:response:)``). Any
/// other response is kept after the work. Where the registry cannot take that, the client gets its response all the same,
/// and the registry is asked again when the key comes again, and after other requests that it takes.
///
/// `If-Match` and `If-None-Match` do not count: who repeats a change after reading the object again means the same change. So a
/// 412, which changes nothing, is not kept, and the next request with the key is judged by its own preconditions.
package final class IdempotentRequests: Sendable {
  /// The longest key.
  ///
  /// 255: what the draft's examples and other servers take.
  static let keyLengthMax = 255
  static let keyPattern = "^[\\x20-\\x7e]+$"
  /// The most requests whose end the registry could not take.
  ///
  /// Of those that are done 100, which hold 6 MiB of responses at most; of those that failed 10,000, which are keys
  /// alone. What is beyond counts as in progress until the server starts again, or for a day.
  private static let completedCountMax = 100
  private static let abandonedCountMax = 10_000
  /// How many of them are written after a request that the registry takes.
  ///
  /// 8: each waits for the disk once.
  private static let endsWrittenMax = 8

  /// How a request ended that is still in progress in the registry.
  private enum End: Sendable {
    case completed(StoredResponse)
    case abandoned

    var isCompleted: Bool { if case .completed = self { true } else { false } }
  }

  private let store: any IdempotencyStore
  /// A collision-resistant hash (SHA-256).
  private let hash: @Sendable ([UInt8]) -> [UInt8]
  /// What the registry could not take.
  private let ends = Mutex<[IdempotentRequest: End]>([:])

  package init(store: any IdempotencyStore, hash: @escaping @Sendable ([UInt8]) -> [UInt8]) {
    self.store = store
    self.hash = hash
  }

  /// Responds to a call, or repeats the response that an equal call got before.
  ///
  /// - Parameter log: takes failures of the registry that do not affect the response.
  func response(
    to call: Call<Void>, of endpoint: Endpoint<Void>, log: (RegistryError) -> Void
  ) throws -> HTTPResponse {
    guard let key = try Self.key(of: call.request) else { return try endpoint.work(call) }
    let request = IdempotentRequest(tenant: call.principal.tenant, key: key)
    if let stored = try begin(request, call) { return try Self.response(stored) }
    let attempt = IdempotentAttempt(request)
    let response: HTTPResponse
    do {
      response = try endpoint.work(call.with(attempt))
    } catch {
      guard let problem = Problem(decided: error) else {
        // Nothing was changed, so the client may try again with the same key.
        end(request, .abandoned, at: call.now, log)
        throw error
      }
      response = endpoint.definition.problemForm.response(problem, to: call.request)
    }
    if !attempt.isCompleted {
      end(request, .completed(StoredResponse(response)), at: call.now, log)
    }
    return response
  }

  /// Begins a request; returns the response that it got before, or nil when it is new.
  private func begin(_ request: IdempotentRequest, _ call: Call<Void>) throws -> StoredResponse? {
    let fingerprint = fingerprint(of: call.request)
    var state = try store.begin(request, fingerprint: fingerprint, at: call.now)
    if state == .inProgress || state == .mismatch, try endAgain(request, at: call.now) {
      state = try store.begin(request, fingerprint: fingerprint, at: call.now)
    }
    switch state {
    case .new: return nil
    case .completed(let stored): return stored
    case .inProgress:
      throw Problem(
        .conflict, "A request with this Idempotency-Key is still in progress. Send it again in a moment.",
        fields: [("retry-after", "1")])
    case .mismatch:
      throw Problem(
        .idempotencyKeyReused, "This Idempotency-Key was used for another request. Use a new key for each change.")
    }
  }

  // MARK: - Ends

  private func end(
    _ request: IdempotentRequest, _ end: End, at time: UnixNanoseconds, _ log: (RegistryError) -> Void
  ) {
    do throws(RegistryError) {
      try write(end, of: request, at: time)
    } catch {
      remember(end, of: request)
      return log(error)
    }
    // The registry works, so it may take what it could not before.
    for request in ends.withLock({ Array($0.keys.prefix(Self.endsWrittenMax)) }) {
      do throws(RegistryError) { _ = try endAgain(request, at: time) } catch { return log(error) }
    }
  }

  /// Writes an end that the registry could not take before; false when there is none.
  private func endAgain(_ request: IdempotentRequest, at time: UnixNanoseconds) throws(RegistryError) -> Bool {
    // Taken out first: of two concurrent requests, only one may release the key.
    guard let end = ends.withLock({ $0.removeValue(forKey: request) }) else { return false }
    do throws(RegistryError) {
      try write(end, of: request, at: time)
    } catch {
      remember(end, of: request)
      throw error
    }
    return true
  }

  private func remember(_ end: End, of request: IdempotentRequest) {
    ends.withLock { ends in
      let completedCount = ends.values.count(where: \.isCompleted)
      let hasRoom =
        end.isCompleted
        ? completedCount < Self.completedCountMax : ends.count - completedCount < Self.abandonedCountMax
      if hasRoom { ends[request] = end }
    }
  }

  private func write(_ end: End, of request: IdempotentRequest, at time: UnixNanoseconds) throws(RegistryError) {
    switch end {
    case .completed(let response): try store.complete(request, response, at: time)
    case .abandoned: try store.abandon(request)
    }
  }

  // MARK: - Requests and responses

  private static func key(of request: HTTPRequest) throws(Problem) -> String? {
    guard let key = request.fields["idempotency-key"] else { return nil }
    guard (1...keyLengthMax).contains(key.utf8.count), key.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
      throw Problem(
        .invalidHeader, "Idempotency-Key: expected 1 to \(keyLengthMax) characters of printable ASCII, e.g. a UUID.")
    }
    return key
  }

  private func fingerprint(of request: HTTPRequest) -> [UInt8] {
    let head = [request.method.description, request.path, request.query].joined(separator: "\0")
    return hash(Array(head.utf8) + [0] + request.body)
  }

  private static func response(_ stored: StoredResponse) throws(Problem) -> HTTPResponse {
    guard let body = stored.body else {
      throw Problem(
        .conflict,
        "This change was made by an earlier request with the same Idempotency-Key, whose response was too long "
          + "to keep. Read the object.")
    }
    let fields = stored.fields.map { HTTPFields.Field(name: $0.name, value: $0.value) }
    return HTTPResponse(status: stored.status, fields: HTTPFields(fields), body: .bytes(body))
  }
}

/// A request with an idempotency key while it is in progress.
final class IdempotentAttempt: Sendable {
  let request: IdempotentRequest
  private let completed = Atomic<Bool>(false)

  init(_ request: IdempotentRequest) { self.request = request }

  /// Whether its response is kept already, in the transaction of its change.
  var isCompleted: Bool { completed.load(ordering: .acquiring) }

  func markCompleted() { completed.store(true, ordering: .releasing) }
}

extension StoredResponse {
  init(_ response: HTTPResponse) {
    guard case .bytes(let body) = response.body else {
      preconditionFailure("the response to a change must not be a stream")
    }
    self.init(status: response.status, fields: response.fields.fields.map { Field($0.name, $0.value) }, body: body)
  }
}

extension Problem {
  /// The response that a retry gets as well; nil for an error after which a retry may succeed.
  fileprivate init?(decided error: any Error) {
    let problem: Problem
    switch error {
    case let error as Problem: problem = error
    case let error as RegistryError: problem = Problem(error)
    default: return nil
    }
    guard problem.status < 500, problem.code != .preconditionFailed else { return nil }
    self = problem
  }
}
