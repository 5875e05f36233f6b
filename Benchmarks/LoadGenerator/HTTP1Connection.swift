/// OTLP/HTTP with protobuf over a kept-alive HTTP/1.1 connection, one request at a time.
final class HTTP1Connection: Connection {
  let socket: Socket
  private let head: String
  private var output: [UInt8] = []
  private var outputOffset = 0
  private var input: [UInt8] = []
  private var token: UInt64?
  private(set) var bytesSent: UInt64 = 0

  init(options: Options) throws(LoadError) {
    socket = try Socket(host: options.host, port: options.port)
    var head = "POST /v1/traces HTTP/1.1\r\nhost: \(options.host):\(options.port)\r\n"
    head += "content-type: application/x-protobuf\r\n"
    if options.gzip { head += "content-encoding: gzip\r\n" }
    if let key = options.key { head += "authorization: Bearer \(key)\r\n" }
    self.head = head
  }

  var isReadyForRequest: Bool { token == nil }
  var hasOutput: Bool { outputOffset < output.count }
  var inFlightCount: Int { token == nil ? 0 : 1 }

  func enqueue(body: [UInt8], token: UInt64) {
    self.token = token
    output.removeAll(keepingCapacity: true)
    outputOffset = 0
    output.append(contentsOf: "\(head)content-length: \(body.count)\r\n\r\n".utf8)
    output.append(contentsOf: body)
  }

  func flush() throws(LoadError) {
    while hasOutput {
      let count = try socket.send(output, from: outputOffset)
      if count == 0 { return }
      outputOffset += count
      bytesSent += UInt64(count)
    }
  }

  func read(_ report: (UInt64, Outcome) -> Void) throws(LoadError) {
    guard try socket.receive(into: &input) else { return }
    guard let token, let response = try parseResponse() else { return }
    self.token = nil
    input.removeAll(keepingCapacity: true)
    report(token, response)
  }

  private func parseResponse() throws(LoadError) -> Outcome? {
    guard let headEnd = input.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
    let lines = String(decoding: input[..<headEnd.lowerBound], as: UTF8.self).split(separator: "\r\n")
    guard let statusText = lines.first?.split(separator: " ").dropFirst().first, let status = Int(statusText) else {
      throw LoadError(message: "the answer is not HTTP/1.1")
    }
    let length = lines.lazy.map { $0.lowercased() }.first { $0.hasPrefix("content-length:") }
      .flatMap { Int($0.dropFirst("content-length:".count).filter { $0 != " " }) }
    guard let length else { throw LoadError(message: "the answer has no content-length") }
    guard input.count >= headEnd.upperBound + length else { return nil }
    let body = input[headEnd.upperBound..<headEnd.upperBound + length]
    switch status {
    case 200: return .stored(response: body)
    case 429, 503: return Outcome(kind: .refused)
    default: return Outcome(kind: .failed, detail: "status \(status): \(String(decoding: body, as: UTF8.self))")
    }
  }
}
