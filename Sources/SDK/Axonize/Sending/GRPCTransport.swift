internal import CAxonizeCore

/// OTLP over gRPC, through the core's client of HTTP/2.
final class GRPCTransport: Transport {
  private let endpoint: Endpoint
  private let method: String
  private let headerLines: String
  private let compression: Axonize.Compression
  private let timeout: Duration
  private let connector: Connector
  private let onMissingCompression: @Sendable () -> Void
  private var channel: GRPCChannel?
  /// Open while calls can go over it.
  private var connection: HTTPConnection?

  init(
    _ configuration: ResolvedConfiguration, _ signal: Endpoint.Signal,
    onMissingCompression: @escaping @Sendable () -> Void = {}
  ) {
    endpoint = configuration.endpoint
    method = signal.method
    headerLines = configuration.headerLines
    compression = configuration.compression
    timeout = configuration.timeout
    connector = Connector(configuration, applicationProtocol: "h2")
    self.onMissingCompression = onMissingCompression
  }

  func send(_ body: [UInt8]) throws(TransportError) -> Reply {
    var call = GRPCChannel.Call(
      path: method, host: endpoint.host, port: endpoint.port, isTLS: endpoint.isTLS, headers: headerLines,
      timeout: timeout, compression: .uncompressed, body: body)
    if compression != .uncompressed {
      if let packed = compression.pack(body) {
        call.body = packed
        call.compression = compression
      } else {
        onMissingCompression()
      }
    }
    let deadline = Deadline(after: timeout)
    // The receiver may leave an idle connection at any time; that says nothing about this request.
    if connection != nil, let reply = try attempt(call, isReused: true, deadline) { return reply }
    guard let reply = try attempt(call, isReused: false, deadline) else {
      throw TransportError("the connection was closed")
    }
    return reply
  }

  /// Sends and reads the answer; nil when a connection that was kept open turned out to be left by the receiver.
  private func attempt(_ call: GRPCChannel.Call, isReused: Bool, _ deadline: Deadline) throws(TransportError) -> Reply?
  {
    guard let channel = channel ?? GRPCChannel() else { throw TransportError("there is no memory for a connection") }
    self.channel = channel
    let current: HTTPConnection
    if let connection {
      current = connection
    } else {
      current = try connector.connect(deadline)
      channel.reset()
    }
    connection = nil
    guard channel.begin(call) else { throw TransportError("there is no memory for a call") }
    do throws(TransportError) {
      let answer = try exchange(channel, over: current, deadline)
      if answer.keepsConnection { connection = current }
      return Reply(
        verdict: answer.verdict, status: answer.status, retryAfter: answer.pause.map { min($0, Reply.retryAfterMax) },
        body: answer.content, sentBytes: call.body.count)
    } catch {
      if isReused, !deadline.hasPassed, channel.isUnanswered { return nil }
      throw error
    }
  }

  private func exchange(
    _ channel: GRPCChannel, over connection: HTTPConnection, _ deadline: Deadline
  ) throws(TransportError) -> GRPCChannel.Answer {
    var bytes = [UInt8](repeating: 0, count: 16384)
    while true {
      // What may be sent the receiver has promised to take, so that neither side waits for the other.
      while let pending = channel.pending() { try connection.write(pending, deadline) }
      switch channel.state {
      case .answered(let answer): return answer
      case .foreign: throw .foreign
      case .closed: throw TransportError("the connection was closed")
      case .malformed: throw TransportError("the answer is not gRPC")
      case .pending: break
      }
      let count = try connection.read(&bytes, from: 0, deadline)
      channel.receive(bytes[..<count])
    }
  }
}
