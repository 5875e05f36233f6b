import EventLoop
import HTTP1
import HTTPTypes

extension ClientConnection {
  /// Queues the head of a request, and its body as far as it is held.
  func writeHead(of request: HTTPClientRequest) throws(HTTP1Error) {
    let framing: OutgoingFraming
    isUploadComplete = true
    uploadRemaining = nil
    switch request.body {
    case .none:
      // RFC 9110, section 8.6: a method that expects a body says that there is none.
      framing = request.method == .post || request.method == .put || request.method == .patch ? .length(0) : .none
    case .bytes(let bytes): framing = .length(bytes.count)
    case .stream(let length, _):
      framing = length.map { .length($0) } ?? .chunked
      isUploadComplete = false
      uploadRemaining = length
    }
    client.writer.removeAll()
    try client.writer.request(
      method: request.method, target: request.url.target, host: origin.authority, fields: request.fields,
      framing: framing)
    write(client.writer.bytes)
    switch request.body {
    case .none: break
    case .bytes(let bytes): write(bytes)
    case .stream(_, let next): startUpload(next)
    }
  }

  /// After this many bytes of a streamed body the loop turns to its other work; 64 KiB.
  private static let yieldBytes = 64 << 10

  /// Pulls a streamed body, one chunk whenever the socket has taken the last.
  private func startUpload(_ next: @escaping @Sendable () async throws -> [UInt8]?) {
    guard let exchange else { return }
    let connection = LoopBox(self)
    let current = LoopBox(exchange)
    exchange.startUpload {
      var unyieldedBytes = 0
      do {
        while let chunk = try await next() {
          guard connection.value.isCarrying(current.value) else { return }
          try connection.value.send(chunk: chunk)
          unyieldedBytes += chunk.count
          if unyieldedBytes >= Self.yieldBytes {
            // A kernel that takes everything would otherwise keep this loop from reading and from all else.
            unyieldedBytes = 0
            await Task.yield()
          }
          try await connection.value.waitForRoom(of: current.value)
        }
        guard connection.value.isCarrying(current.value) else { return }
        try connection.value.endUpload()
      } catch {
        if connection.value.isCarrying(current.value) { connection.value.close(error) }
      }
    }
  }

  private func isCarrying(_ exchange: ClientExchange) -> Bool { state == .active && self.exchange === exchange }

  private func send(chunk: [UInt8]) throws {
    guard !chunk.isEmpty else { return }
    armUpload()
    if let remaining = uploadRemaining {
      guard chunk.count <= remaining else { throw HTTPClientError.bodyLengthWrong(origin) }
      uploadRemaining = remaining - chunk.count
      write(chunk)
    } else {
      client.writer.removeAll()
      client.writer.beginChunk(byteCount: chunk.count)
      write(client.writer.bytes)
      write(chunk)
      socket.output.append("\r\n")
    }
    flush()
  }

  private func endUpload() throws {
    if let remaining = uploadRemaining {
      guard remaining == 0 else { throw HTTPClientError.bodyLengthWrong(origin) }
    } else {
      socket.output.append("0\r\n\r\n")
    }
    isUploadComplete = true
    flush()
  }

  private func waitForRoom(of exchange: ClientExchange) async throws {
    guard isCarrying(exchange), socket.output.count >= 64 << 10 else { return }
    try await withCheckedThrowingContinuation { uploadWaiter = $0 }
  }
}
