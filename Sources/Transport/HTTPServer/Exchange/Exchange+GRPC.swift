import Compression
import EventLoop
import GRPC
import HTTP1
import HTTPTypes
import System

/// Unary gRPC calls.
extension Exchange {
  func acceptGRPC(_ messageBytesMax: Int) {
    context.counters.grpc.add()
    wireBytesMax = messageBytesMax + GRPCFrame.prefixByteCount
    guard head.version == .http2 else {
      var response = ProtocolProblem.response(426, "gRPC needs HTTP/2")
      response.fields["upgrade"] = "h2c"
      return finish(with: response)
    }
    guard head.knownMethod == .post, head.isGRPC else {
      return finish(with: ProtocolProblem.response(415, "a gRPC call is a POST with content-type application/grpc"))
    }
    if let encoding = head.field("grpc-encoding") {
      // What gRPC's peers call snappy is its framed format.
      guard let coding = ContentCoding(token: encoding), coding != .snappy else {
        return endGRPC(GRPCOutcome(.unimplemented, "grpc-encoding \(encoding.prefix(32)) is not supported; use gzip"))
      }
      self.coding = coding
    }
    if let timeout = head.field("grpc-timeout") {
      guard let timeout = GRPCTimeout.parse(timeout) else {
        return endGRPC(GRPCOutcome(.invalidArgument, "grpc-timeout is not digits and a unit"))
      }
      deadline = min(deadline, context.loop.now + timeout)
    }
  }

  func handleGRPC(
    _ bytes: UnsafeRawBufferPointer, _ messageBytesMax: Int, _ handler: HTTPRoute.GRPCHandler
  ) {
    guard let frame = unsafe GRPCFrame(bytes), bytes.count == GRPCFrame.prefixByteCount + frame.byteCount else {
      return endGRPC(GRPCOutcome(.invalidArgument, "the call does not have exactly one whole message"))
    }
    guard !frame.isCompressed || coding != .identity else {
      return endGRPC(GRPCOutcome(.internal, "the message is compressed, but grpc-encoding does not say how"))
    }
    let message = unsafe UnsafeRawBufferPointer(rebasing: bytes[GRPCFrame.prefixByteCount...])
    guard let decoded = unsafe decode(message, frame.isCompressed ? coding : .identity, messageBytesMax) else { return }
    unsafe handler(decoded, GRPCResponder(exchange: self, generation: generation))
  }

  func completeGRPC(_ generation: UInt32, message: [UInt8]) {
    guard generation == self.generation, case .handling = state, let transport else { return }
    guard transport.hasRoom(forResponse: message.count) else { return refuseForMemory() }
    state = .finished
    context.counters.answered(.ok)
    transport.sendGRPC(message: message, outcome: GRPCOutcome(.ok))
  }

  func completeGRPC(_ generation: UInt32, outcome: GRPCOutcome) {
    guard generation == self.generation, case .handling = state else { return }
    endGRPC(outcome)
  }

  func endGRPC(_ outcome: GRPCOutcome) {
    guard let transport, !isFinished else { return }
    guard head.version == .http2 else { return finish(with: ProtocolProblem.response(426, "gRPC needs HTTP/2")) }
    state = .finished
    context.counters.answered(outcome.status)
    transport.sendGRPC(message: nil, outcome: outcome)
  }
}
