import EventLoop
import GRPC
import HTTP1
import HTTPTypes

// MARK: - What the exchange asks

extension HTTP1Connection: ExchangeTransport {
  func sendContinue() {
    connection.output.append("HTTP/1.1 100 Continue\r\n\r\n")
    connection.flushLater()
  }

  func hasRoom(forResponse byteCount: Int) -> Bool {
    // Small ones are counted with the output, which is bounded.
    guard byteCount > context.limits.highWaterBytes else { return true }
    guard connection.account.hold(byteCount) else { return false }
    connection.account.release(byteCount)
    return true
  }

  func send(status: Int, contentType: String, fields: HTTPFields, body: [UInt8], isBodySent: Bool) {
    let field = machine.respond(isDraining: context.isDraining)
    write(status, contentType, fields, body, isBodySent: isBodySent, field)
    responded()
  }

  func begin(status: Int, fields: HTTPFields, isBodySent: Bool) {
    let length = fields["content-length"].flatMap { Int($0) }
    let head = machine.beginStreaming(
      contentLength: length.flatMap { $0 >= 0 ? $0 : nil }, hasBody: isBodySent, isDraining: context.isDraining)
    let framing: OutgoingFraming =
      switch head.framing {
      case .length(let count): .length(count)
      case .chunked: .chunked
      case .untilClose: .none
      }
    if !writeHead(status, "", fields, framing, head.connection) { abort() }
    connection.flushLater()
  }

  func write(_ bytes: [UInt8]) {
    if machine.isChunked {
      context.writer.removeAll()
      context.writer.beginChunk(byteCount: bytes.count)
      connection.output.append(context.writer.bytes)
      connection.output.append(bytes)
      connection.output.append("\r\n")
    } else {
      connection.output.append(bytes)
    }
    connection.flushLater()
  }

  func finish() {
    if machine.isChunked { connection.output.append("0\r\n\r\n") }
    machine.finishStreaming()
    responded()
  }

  func sendGRPC(message: [UInt8]?, outcome: GRPCOutcome) {
    preconditionFailure("gRPC was let through on HTTP/1")
  }

  func abort() { connection.close() }

  var unsentByteCount: Int { connection.output.count }
}

// MARK: - Writing

extension HTTP1Connection {
  /// Responds to bytes that are not even a head.
  func respond(to error: HTTP1Error) {
    let response = ProtocolProblem.response(error.status, error.rawValue)
    guard case .bytes(let body) = response.body else { preconditionFailure("a problem is not streamed") }
    context.counters.answered(response.status)
    write(response.status, "application/problem+json", [:], body, isBodySent: true, .close)
  }

  private func write(
    _ status: Int, _ contentType: String, _ fields: HTTPFields, _ body: [UInt8], isBodySent: Bool,
    _ connectionField: HTTP1ExchangeStateMachine.ConnectionField
  ) {
    let hasBody = status >= 200 && status != 204 && status != 304
    guard writeHead(status, contentType, fields, hasBody ? .length(body.count) : .none, connectionField) else {
      return write(
        500, "text/plain", [:], [UInt8]("invalid response head".utf8), isBodySent: isBodySent, connectionField)
    }
    if hasBody, isBodySent { connection.output.append(body) }
  }

  private func writeHead(
    _ status: Int, _ contentType: String, _ fields: HTTPFields, _ framing: OutgoingFraming,
    _ connectionField: HTTP1ExchangeStateMachine.ConnectionField
  ) -> Bool {
    context.writer.removeAll()
    context.writer.beginResponse(status: status)
    do throws(HTTP1Error) {
      if !contentType.isEmpty { try context.writer.field("content-type", contentType) }
      if !fields.fields.isEmpty { try context.writer.fields(fields) }
    } catch {
      return false
    }
    context.writer.framing(framing)
    // No page may guess the type of a response or use it as its own resource, whatever the response is.
    context.writer.constantField("x-content-type-options", "nosniff")
    context.writer.constantField("cross-origin-resource-policy", "same-origin")
    switch connectionField {
    case .none: break
    case .close: context.writer.constantField("connection", "close")
    case .keepAlive: context.writer.constantField("connection", "keep-alive")
    }
    connection.output.append(context.writer.bytes)
    connection.output.append("date: ")
    connection.output.append(context.loop.httpDate())
    connection.output.append("\r\n\r\n")
    return true
  }
}
