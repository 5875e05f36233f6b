import Glibc
import Synchronization

@testable import Axonize

/// A receiver of OTLP over HTTP or gRPC on a port of its own, which answers as it is told and keeps what came.
final class Receiver: Sendable {
  struct Request: Sendable {
    /// Over gRPC the method.
    var path: String
    /// Names in lower case.
    var headers: [String: String]
    var body: [UInt8]
  }

  struct Answer: Sendable {
    /// Of HTTP; over gRPC 200 is OK, and everything else its code.
    var status = 200
    var headers: [(String, String)] = []
    var body: [UInt8] = []
  }

  let port: Int
  private let listener: Int32
  private let log: Log

  /// What came, and how it is answered; shared with the threads of connections.
  final class Log: Sendable {
    let requests = Mutex<[Request]>([])
    private let answer: @Sendable (Int, Request) -> Answer

    /// Keeps a request and says how it is answered.
    func take(_ request: Request) -> Answer {
      let number = requests.withLock { requests in
        requests.append(request)
        return requests.count { $0.path == request.path } - 1
      }
      return answer(number, request)
    }

    init(_ answer: @escaping @Sendable (Int, Request) -> Answer) { self.answer = answer }
  }

  /// - Parameters:
  ///   - tunnel: The status of the answer to CONNECT, which is asked for first on each connection; nil: it is not.
  ///   - answer: Called with the number of the request and the request.
  init(
    grpc: Bool = false, tunnel: Int? = nil,
    _ answer: @escaping @Sendable (Int, Request) -> Answer = { _, _ in Answer() }
  ) throws {
    let log = Log(answer)
    self.log = log
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    // SAFETY: the address lives while the calls read and fill it.
    let port = unsafe withUnsafeMutablePointer(to: &address) { pointer -> UInt16? in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> UInt16? in
        guard unsafe bind(listener, address, size) == 0, listen(listener, 16) == 0,
          unsafe getsockname(listener, address, &size) == 0
        else { return nil }
        return unsafe pointer.pointee.sin_port.bigEndian
      }
    }
    guard let port else { throw Gone() }
    self.port = Int(port)
    guard BackgroundThread("receiver", { Self.accept(listener, log, grpc, tunnel) }) != nil else { throw Gone() }
  }

  /// The thread that accepts closes the descriptor: else another one might get its number while it is in use.
  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  var endpoint: String { "http://127.0.0.1:\(port)" }

  /// What came so far on a path.
  func requests(_ path: String = "/v1/traces") -> [Request] { log.requests.withLock { $0.filter { $0.path == path } } }

  private static func accept(_ listener: Int32, _ log: Log, _ grpc: Bool, _ tunnel: Int?) {
    while true {
      let descriptor = Glibc.accept(listener, nil, nil)
      if descriptor < 0 { break }
      let thread = BackgroundThread("connection") {
        if let tunnel, !openTunnel(descriptor, log, tunnel) {
          close(descriptor)
          return
        }
        if grpc {
          GRPCConversation(descriptor, log).run()
        } else {
          while let request = read(descriptor), reply(to: request, descriptor, log) {}
        }
        close(descriptor)
      }
      if thread == nil { close(descriptor) }
    }
    close(listener)
  }

  /// Answers CONNECT; false when the client gets no tunnel.
  private static func openTunnel(_ descriptor: Int32, _ log: Log, _ status: Int) -> Bool {
    var head: [UInt8] = []
    var byte: UInt8 = 0
    // What follows the head is not the proxy's to read.
    while headEnd(head) == nil {
      // SAFETY: read(2) fills the one byte.
      guard unsafe Glibc.read(descriptor, &byte, 1) == 1 else { return false }
      head.append(byte)
    }
    let request = parse(head[...])
    log.requests.withLock { $0.append(request) }
    let bytes = Array("HTTP/1.1 \(status) Told\r\nX-Proxy: 1\r\n\r\n".utf8)
    // SAFETY: the array lives while send(2) reads it.
    _ = unsafe bytes.withUnsafeBytes { unsafe send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    return status == 200
  }

  private static func reply(to request: Request, _ descriptor: Int32, _ log: Log) -> Bool {
    let answer = log.take(request)
    var head = "HTTP/1.1 \(answer.status) Told\r\nContent-Length: \(answer.body.count)\r\n"
    for (name, value) in answer.headers { head += "\(name): \(value)\r\n" }
    let bytes = Array("\(head)\r\n".utf8) + answer.body
    // SAFETY: the array lives while send(2) reads it.
    return unsafe bytes.withUnsafeBytes { unsafe send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      == bytes.count
  }

  /// A whole request; nil when the client has closed.
  private static func read(_ descriptor: Int32) -> Request? {
    var bytes: [UInt8] = []
    var size: Int?
    while true {
      if size == nil, let end = headEnd(bytes) {
        size = end + (Int(parse(bytes[..<end]).headers["content-length"] ?? "0") ?? 0)
      }
      if let size, bytes.count >= size, let end = headEnd(bytes) {
        var request = parse(bytes[..<end])
        request.body = Array(bytes[end..<size])
        return request
      }
      // SAFETY: read(2) fills at most the capacity it is given.
      let chunk = unsafe [UInt8](unsafeUninitializedCapacity: 65536) { buffer, count in
        unsafe count = max(Glibc.read(descriptor, buffer.baseAddress, 65536), 0)
      }
      if chunk.isEmpty { return nil }
      bytes += chunk
    }
  }

  private static func headEnd(_ bytes: [UInt8]) -> Int? {
    bytes.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound
  }

  private static func parse(_ head: ArraySlice<UInt8>) -> Request {
    let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmed
    }
    let words = lines.first?.split(separator: " ") ?? []
    return Request(path: words.count > 1 ? String(words[1]) : "", headers: headers, body: [])
  }
}
