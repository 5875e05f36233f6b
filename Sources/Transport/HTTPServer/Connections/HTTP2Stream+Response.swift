import EventLoop
import GRPC
import HTTP2
import HTTPTypes

/// A whole response.
enum HTTP2Response {
  case http(status: Int, contentType: String, fields: HTTPFields, body: [UInt8], isBodySent: Bool)
  case grpc(message: [UInt8]?, outcome: GRPCOutcome)
}

// MARK: - What the exchange asks

extension HTTP2Stream: ExchangeTransport {
  /// A response of at most this size, such as the one for a lack of room, is sent without reserving room.
  private static let noticeBytesMax = 1 << 10

  func sendContinue() {
    var fields = HTTP2FieldList()
    fields.constant(":status", "100")
    session.respondInterim(id, fields: fields)
    connection.flushLater()
  }

  func hasRoom(forResponse byteCount: Int) -> Bool {
    // The response that reports a lack of room must itself find some.
    holdResponse(byteCount) || byteCount <= Self.noticeBytesMax
  }

  func send(status: Int, contentType: String, fields: HTTPFields, body: [UInt8], isBodySent: Bool) {
    releaseHead()
    switch machine.respond(now: context.loop.now) {
    case .send: write(status, contentType, fields, body, isBodySent: isBodySent)
    case .hold:
      held = .http(status: status, contentType: contentType, fields: fields, body: body, isBodySent: isBodySent)
    case .drop: break
    }
  }

  func sendGRPC(message: [UInt8]?, outcome: GRPCOutcome) {
    releaseHead()
    switch machine.respond(now: context.loop.now) {
    case .send: writeGRPC(message, outcome)
    case .hold: held = .grpc(message: message, outcome: outcome)
    case .drop: break
    }
  }

  func begin(status: Int, fields: HTTPFields, isBodySent: Bool) {
    releaseHead()
    guard machine.beginStreaming(hasBody: isBodySent, now: context.loop.now) else { return }
    beginFields(status, "", fields)
    if let length = fields["content-length"] { context.fieldList.append("content-length", text: length) }
    session.respond(id, fields: context.fieldList, hasBody: isBodySent)
    connection.flushLater()
  }

  func write(_ bytes: [UInt8]) {
    guard !machine.isReset else { return }
    // Producers wait for room, so a stream has little more than the high-water mark here; more than the peer may hold
    // cuts it off.
    guard holdResponse(bytes.count) else { return abort() }
    if body.queuedByteCount == 0 { machine.queued(now: context.loop.now) }
    body.append(bytes)
    session.resume(id)
    connection.flushLater()
  }

  func finish() {
    guard case .resume = machine.finishStreaming(now: context.loop.now) else { return }
    session.resume(id)
    connection.flushLater()
  }

  func abort() {
    if machine.abort() { reset(.internalError) }
  }

  var unsentByteCount: Int { body.queuedByteCount }

  func bodyTaken(_ byteCount: Int) {
    session.consume(byteCount, of: id)
    connection.flushLater()
  }
}

// MARK: - What the session asks

extension HTTP2Stream {
  func nextBody(into buffer: UnsafeMutableRawBufferPointer) -> HTTP2BodyPart {
    if machine.isReset { return .failed }
    let taken = unsafe body.take(into: buffer)
    release(taken.frees)
    if taken.byteCount > 0 { machine.sent(now: context.loop.now) }
    guard machine.isResponseComplete, body.isEmpty else {
      return taken.byteCount == 0 ? .later : .some(taken.byteCount)
    }
    machine.sentAll(now: context.loop.now)
    return body.trailers.map { .lastBeforeTrailers(taken.byteCount, $0) } ?? .last(taken.byteCount)
  }
}

// MARK: - Writing

extension HTTP2Stream {
  /// Sends the response that waited for the end of the request.
  func sendHeld() {
    switch held {
    case .http(let status, let contentType, let fields, let body, let isBodySent):
      write(status, contentType, fields, body, isBodySent: isBodySent)
    case .grpc(let message, let outcome): writeGRPC(message, outcome)
    case nil: preconditionFailure("no response is held on a stream that is \(machine.state)")
    }
    held = nil
  }

  private func write(
    _ status: Int, _ contentType: String, _ fields: HTTPFields, _ bytes: [UInt8], isBodySent: Bool
  ) {
    beginFields(status, contentType, fields)
    if status != 204, status != 304 { context.fieldList.append("content-length", text: "\(bytes.count)") }
    let hasBody = isBodySent && !bytes.isEmpty
    if hasBody { body.set(bytes) }
    respond(hasBody: hasBody)
  }

  private func writeGRPC(_ message: [UInt8]?, _ outcome: GRPCOutcome) {
    context.fieldList.removeAll()
    context.fieldList.constant(":status", "200")
    context.fieldList.constant("content-type", "application/grpc")
    context.fieldList.constant("grpc-accept-encoding", "identity,deflate,gzip,zstd")
    if let message {
      body.set(GRPCFrame.encode(message))
      body.trailers = Self.okTrailers
    } else {
      // Trailers-Only (PROTOCOL-HTTP2, "Responses").
      Self.append(outcome, to: &context.fieldList)
    }
    respond(hasBody: message != nil)
  }

  private func respond(hasBody: Bool) {
    session.respond(id, fields: context.fieldList, hasBody: hasBody)
    if !hasBody { machine.sentAll(now: context.loop.now) }
    connection.flushLater()
  }

  private func beginFields(_ status: Int, _ contentType: String, _ fields: HTTPFields) {
    context.fieldList.removeAll()
    if status == 200 {
      context.fieldList.constant(":status", "200")
    } else {
      context.fieldList.append(":status", text: "\(status)")
    }
    if !contentType.isEmpty { context.fieldList.append("content-type", text: contentType) }
    for field in fields.fields where !ConnectionFields.contains(field.name) {
      context.fieldList.append(name: field.name, text: field.value)
    }
    // No page may guess the type of a response or use it as its own resource, whatever the response is.
    context.fieldList.constant("x-content-type-options", "nosniff")
    context.fieldList.constant("cross-origin-resource-policy", "same-origin")
    context.fieldList.append("date", bytes: context.loop.httpDate())
  }

  private static let okTrailers: HTTP2FieldList = {
    var fields = HTTP2FieldList()
    fields.constant("grpc-status", "0")
    return fields
  }()

  private static func append(_ outcome: GRPCOutcome, to fields: inout HTTP2FieldList) {
    fields.append("grpc-status", text: "\(outcome.status.rawValue)")
    if !outcome.message.isEmpty { fields.append("grpc-message", bytes: outcome.encodedMessage) }
    if let details = outcome.encodedDetails { fields.append("grpc-status-details-bin", bytes: details) }
  }
}
