import GRPC
import GRPCTestSupport
import Testing

@testable import GRPCClient

/// Goal: a call gives the message that came, or says why there is none, within its time and its bounds.
///
/// Method: a server over the library's own session, which does what a test has it do.
@Suite struct GRPCCallTests {
  private func call(
    _ reply: UnixGRPCServer.Reply, timeout: Duration = .seconds(20), bytesMax: Int = 1 << 20, message: [UInt8] = []
  ) throws -> Result<[UInt8], GRPCCallFailure> {
    let folder = try SocketFolder()
    let server = try UnixGRPCServer(path: folder.socket) { _ in reply }
    defer { server.stop() }
    let call = GRPCCall(socketPath: server.path, method: "/a.B/C", timeout: timeout, responseBytesMax: bytesMax)
    let result = Result { () throws(GRPCCallFailure) in try call.send(message) }
    #expect(server.methods == ["/a.B/C"])
    return result
  }

  @Test(arguments: [0, 1, 5, 65_535, 300_000])
  func `a message comes back whole`(count: Int) throws {
    let message = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    #expect(try call(.message(message), message: message).get() == message)
  }

  @Test func `a status is a failure with its name and its message`() throws {
    guard case .failure(let failure) = try call(.status(.resourceExhausted, "too many calls, später")) else {
      Issue.record("no failure")
      return
    }
    #expect(failure.kind == .refused(.resourceExhausted))
    #expect(failure.description.contains("RESOURCE_EXHAUSTED: too many calls, später"))
  }

  @Test(arguments: [
    (UnixGRPCServer.Reply.close, GRPCCallFailure.Kind.connection, "closed the connection"),
    (.garbage(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)), .protocolBroken, "does not speak gRPC"),
    (.fields(400), .protocolBroken, "too large"),
    (.fields(3), .protocolBroken, "without a status of gRPC (HTTP status 200)"),
    (.message([UInt8](repeating: 7, count: 5_000)), .protocolBroken, "too large"),
    // A compressed message, two messages, and a part of one.
    (.body([1, 0, 0, 0, 1, 9]), .protocolBroken, "not one message"),
    (.body([0, 0, 0, 0, 1, 9, 0, 0, 0, 0, 0]), .protocolBroken, "not one message"),
    (.body([0, 0, 0, 0, 2, 9]), .protocolBroken, "not one message"),
    (.body([]), .protocolBroken, "not one message"),
  ])
  func `what is no response says so`(reply: UnixGRPCServer.Reply, kind: GRPCCallFailure.Kind, text: String) throws {
    guard case .failure(let failure) = try call(reply, bytesMax: 4_096) else {
      Issue.record("no failure")
      return
    }
    #expect(failure.kind == kind, "\(failure)")
    #expect(failure.description.contains(text), "\(failure)")
  }

  @Test func `a server that is silent is left after the time`() throws {
    guard case .failure(let failure) = try call(.silence, timeout: .milliseconds(200)) else {
      Issue.record("no failure")
      return
    }
    #expect(failure.kind == .timeout)
  }

  @Test(arguments: ["/none/kubelet.sock", "/" + String(repeating: "x", count: 108)])
  func `a socket that is not there is a failure of the connection`(path: String) {
    let call = GRPCCall(socketPath: path, method: "/a.B/C", timeout: .seconds(1), responseBytesMax: 1)
    let result = Result { () throws(GRPCCallFailure) in try call.send([]) }
    guard case .failure(let failure) = result else {
      Issue.record("no failure")
      return
    }
    #expect(failure.kind == .connection)
    #expect(failure.description.contains(path))
  }
}
