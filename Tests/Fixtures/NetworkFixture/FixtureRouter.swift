import Base
import GRPC
import HTTPServer
import HTTPTypes
import Synchronization
import System

/// Routes for tests of the network layer: every kind of route, and one thread that answers late.
final class FixtureRouter: HTTPRouter {
  private static let smallBody = [UInt8]("hello from axonize!\n".utf8)
  private let pool: WorkerPool
  private let server = Mutex<HTTPServer?>(nil)

  init(pool: WorkerPool) { self.pool = pool }

  func serve(_ server: HTTPServer) { self.server.withLock { $0 = server } }

  func route(_ request: RequestView) -> HTTPRoute {
    if request.isPath("/small") {
      return unsafe .raw(bodyBytesMax: 0) { _, responder in
        responder.complete(status: 200, contentType: "text/plain", body: Self.smallBody)
      }
    }
    if request.isGRPC { return routeGRPC(request) }
    switch request.path {
    case "/echo":
      return unsafe .raw(bodyBytesMax: 1 << 20) { body, responder in
        responder.complete(status: 200, contentType: "application/octet-stream", body: unsafe [UInt8](body))
      }
    case "/later":
      let pool = pool
      return unsafe .raw(bodyBytesMax: 1 << 20) { body, responder in
        let answer = unsafe [UInt8](body)
        let refusal = pool.submit { responder.complete(status: 200, contentType: "text/plain", body: answer) }
        if let refusal { responder.complete(HTTPResponse(status: 503, body: .bytes([UInt8](refusal.code.utf8)))) }
      }
    case "/big":
      let count = Int(request.query) ?? 0
      return unsafe .raw(bodyBytesMax: 0) { _, responder in
        responder.complete(status: 200, contentType: "text/plain", body: [UInt8](repeating: 0x61, count: count))
      }
    case "/json":
      return .collected(bodyBytesMax: 0) { _ in
        let text = "[" + Array(repeating: #"{"name":"span"}"#, count: 300).joined(separator: ",") + "]"
        return HTTPResponse(contentType: "application/json", body: [UInt8](text.utf8))
      }
    case "/collected":
      return .collected(bodyBytesMax: 1 << 20) { request in
        let text = "\(request.method) \(request.path) \(request.query) \(request.body.count)"
        return HTTPResponse(contentType: "text/plain", body: [UInt8](text.utf8))
      }
    case "/slow":
      return .collected(bodyBytesMax: 0) { request in
        // A cancelled wait means that the answer is no longer wanted.
        try? await Task.sleep(for: .milliseconds(Int(request.query) ?? 300))
        return HTTPResponse(
          contentType: "text/plain", body: [UInt8]((Task.isCancelled ? "cancelled\n" : "late\n").utf8))
      }
    case "/events":
      return .collected(bodyBytesMax: 0) { request in
        let source = ChunkSource(count: Int(request.query) ?? 3)
        return HTTPResponse(fields: ["content-type": "text/event-stream"], body: .stream { source.next() })
      }
    case "/stream":
      return .streaming { _, body, writer in
        try await writer.begin(status: 200, fields: ["content-type": "application/octet-stream"])
        while let piece = try await body.next() { try await writer.write(piece) }
      }
    case "/private": return .respond(HTTPResponse(status: 401, contentType: "text/plain", body: [UInt8]("key?\n".utf8)))
    case "/statistics":
      let statistics = server.withLock { $0?.statistics } ?? HTTPServerStatistics()
      let text = """
        {"open":\(statistics.connectionsOpen),"accepted":\(statistics.connectionsAccepted),\
        "refused":\(statistics.connectionsRefused),"timed_out":\(statistics.connectionsTimedOut),\
        "received":\(statistics.bytesReceived),"sent":\(statistics.bytesSent),"held":\(statistics.bytesHeld)}
        """
      return .respond(HTTPResponse(contentType: "application/json", body: [UInt8](text.utf8)))
    default: return .respond(HTTPResponse(status: 404, contentType: "text/plain", body: [UInt8]("no\n".utf8)))
    }
  }

  private func routeGRPC(_ request: RequestView) -> HTTPRoute {
    let pool = pool
    switch request.path {
    case "/test.Echo/Unary":
      return unsafe .grpcUnary(messageBytesMax: 4 << 20) { message, responder in
        responder.complete(message: unsafe [UInt8](message))
      }
    case "/test.Echo/Later":
      return unsafe .grpcUnary(messageBytesMax: 4 << 20) { message, responder in
        let answer = unsafe [UInt8](message)
        if pool.submit({ responder.complete(message: answer) }) != nil { responder.fail(.unavailable, "busy") }
      }
    case "/test.Echo/Count":
      return unsafe .grpcUnary(messageBytesMax: 16 << 20) { message, responder in
        responder.complete(message: [UInt8]("\(message.count)".utf8))
      }
    case "/test.Echo/Never": return unsafe .grpcUnary(messageBytesMax: 1024) { _, _ in }
    case "/test.Echo/Fail":
      return unsafe .grpcUnary(messageBytesMax: 1024) { _, responder in
        responder.fail(.resourceExhausted, "queue 100 % full: é", retryAfter: .milliseconds(1500))
      }
    case "/test.Echo/Auth": return .respondGRPC(GRPCOutcome(.unauthenticated, "no key"))
    default: return .respondGRPC(GRPCOutcome(.unimplemented, "no such method"))
    }
  }
}

/// A producer of numbered chunks.
private final class ChunkSource: Sendable {
  private let position = Atomic<Int>(0)
  private let count: Int

  init(count: Int) { self.count = count }

  func next() -> [UInt8]? {
    let index = position.wrappingAdd(1, ordering: .relaxed).oldValue
    return index < count ? [UInt8]("data: \(index)\n\n".utf8) : nil
  }
}
