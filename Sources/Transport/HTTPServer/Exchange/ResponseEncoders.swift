import Base
import Compression
import HTTPTypes
import Synchronization
import System

/// Compresses bodies of responses on threads of its own, so that a loop goes on with its other connections.
///
/// When many large bodies wait, the next ones are sent as they are. The threads start with the first large body.
final class ResponseEncoders: Sendable {
  /// A body below this size is sent as it is: it fits the packets that carry it anyway.
  private static let bodyBytesMin = 1 << 10
  /// Up to this size a body is compressed where it is: that takes a tenth of a millisecond, about what a hop costs.
  private static let inPlaceBytesMax = 16 << 10
  /// Between steps of this size a thread looks whether the client is still there.
  private static let stepBytes = 256 << 10
  /// Bodies that wait for a thread: as long as each takes 100 ms, the last of them waits 6 s.
  private static let waitingCountMax = 64

  private let threadCount: Int
  private let willEncode: @Sendable () -> Void
  private let pool = Mutex<WorkerPool?>(nil)

  /// - Parameter willEncode: called on the thread that compresses a large body, before it does.
  init(threadCount: Int, willEncode: @escaping @Sendable () -> Void) {
    self.threadCount = threadCount
    self.willEncode = willEncode
  }

  deinit { stop() }

  /// Joins the threads.
  func stop() {
    let pool = pool.withLock { pool in
      defer { pool = nil }
      return pool
    }
    pool?.stop()
  }

  // MARK: Whole bodies

  /// The response with its body in a coding; as it is where that is not worthwhile.
  func encoded(_ response: HTTPResponse, coding: ContentCoding) async -> HTTPResponse {
    guard case .bytes(let body) = response.body, body.count >= Self.bodyBytesMin,
      let fields = Self.fields(response.fields, coding)
    else { return response }
    // Without a thread or memory for it, or for a client that is gone, the body stays as it is.
    guard let encoded = try? await encode(body, coding), encoded.count < body.count else { return response }
    return HTTPResponse(status: response.status, fields: fields, body: .bytes(encoded))
  }

  private func encode(_ body: [UInt8], _ coding: ContentCoding) async throws -> [UInt8] {
    if body.count <= Self.inPlaceBytesMax { return try Self.encode(body, coding, isCancelled: { false }) }
    let isCancelled = CancellationFlag()
    return try await running().run(onCancel: { isCancelled.set() }) { [willEncode] in
      willEncode()
      return try Self.encode(body, coding, isCancelled: { isCancelled.isSet })
    }
  }

  private static func encode(
    _ body: [UInt8], _ coding: ContentCoding, isCancelled: () -> Bool
  ) throws -> [UInt8] {
    let encoder = try StreamEncoder(coding)
    var encoded: [UInt8] = []
    var start = 0
    repeat {
      if isCancelled() { throw CancellationError() }
      let end = min(start + stepBytes, body.count)
      try encoder.encode(body[start..<end], end == body.count ? .body : .none, into: &encoded)
      start = end
    } while start < body.count
    return encoded
  }

  private func running() throws(SystemError) -> WorkerPool {
    try pool.withLock { pool throws(SystemError) in
      if let pool { return pool }
      let started = try WorkerPool(name: "encode", threadCount: threadCount, queueCountMax: Self.waitingCountMax)
      pool = started
      return started
    }
  }

  // MARK: Streams

  /// A body that is compressed piece by piece, with the fields of its response.
  func stream(_ fields: HTTPFields, coding: ContentCoding) throws -> EncodedStream {
    guard let encodedFields = Self.fields(fields, coding), fields["content-length"] == nil else {
      return EncodedStream(fields: fields, encoder: nil, encoders: self)
    }
    return EncodedStream(fields: encodedFields, encoder: try StreamEncoder(coding), encoders: self)
  }

  /// One at a time of each stream.
  fileprivate func encode(
    _ piece: [UInt8], _ ending: StreamEncoder.Ending, _ encoder: SequentialEncoder
  ) async throws -> [UInt8] {
    if piece.count <= Self.inPlaceBytesMax { return try encoder.encode(piece, ending) }
    return try await running().run { [willEncode] in
      willEncode()
      return try encoder.encode(piece, ending)
    }
  }

  /// The fields of a response in a coding; nil where it stays as it is.
  private static func fields(_ fields: HTTPFields, _ coding: ContentCoding) -> HTTPFields? {
    let type = fields["content-type"] ?? ""
    guard coding != .identity, fields["content-encoding"] == nil, isCompressible(type) else { return nil }
    var fields = fields
    fields["content-encoding"] = coding.rawValue
    fields["vary"] = "accept-encoding"
    return fields
  }

  /// Events are small, and an encoder for each client that waits for them would cost more than it saves.
  private static func isCompressible(_ type: String) -> Bool {
    ["application/json", "application/problem+json", "application/x-ndjson", "application/javascript", "text/"]
      .contains(where: type.hasPrefix) && !type.hasPrefix("text/event-stream")
  }
}

/// A streamed body on its way through an encoder, or past it.
struct EncodedStream: Sendable {
  /// Those of the response.
  let fields: HTTPFields
  private let encoder: SequentialEncoder?
  private let encoders: ResponseEncoders

  fileprivate init(fields: HTTPFields, encoder: sending StreamEncoder?, encoders: ResponseEncoders) {
    self.fields = fields
    self.encoder = encoder.map { SequentialEncoder($0) }
    self.encoders = encoders
  }

  /// The bytes of a piece, which the peer can decode at once.
  func encode(_ piece: [UInt8]) async throws -> [UInt8] {
    guard let encoder else { return piece }
    return try await encoders.encode(piece, .piece, encoder)
  }

  /// What ends the body.
  func end() async throws -> [UInt8] {
    guard let encoder else { return [] }
    return try await encoders.encode([], .body, encoder)
  }
}

/// An encoder that threads take turns at.
private final class SequentialEncoder: @unchecked Sendable {  // the task of its response awaits each call
  private let encoder: StreamEncoder

  init(_ encoder: StreamEncoder) { self.encoder = encoder }

  func encode(_ piece: [UInt8], _ ending: StreamEncoder.Ending) throws -> [UInt8] {
    var encoded: [UInt8] = []
    try encoder.encode(piece[...], ending, into: &encoded)
    return encoded
  }
}

/// Set once, read from other threads.
private final class CancellationFlag: Sendable {
  private let flag = Atomic<Bool>(false)

  var isSet: Bool { flag.load(ordering: .relaxed) }
  func set() { flag.store(true, ordering: .relaxed) }
}
