internal import CAxonizeCore

/// A connection of HTTP/2 as the core keeps it, without a socket: what to send, and what came.
@safe final class GRPCChannel {
  struct Call {
    var path: String
    var host: String
    var port: Int
    var isTLS: Bool
    /// "Name: value\r\n" for each.
    var headers: String
    var timeout: Duration
    var compression: Axonize.Compression
    var body: [UInt8]
  }

  struct Answer {
    var verdict: Reply.Verdict
    var status: UInt32
    var pause: Duration?
    var keepsConnection: Bool
    var content: [UInt8]
  }

  enum State {
    case pending
    case answered(Answer)
    /// The peer left before it answered.
    case closed
    case malformed
    /// The peer speaks no HTTP/2.
    case foreign
  }

  /// Allocated in `init` and freed in `deinit`; used by the one thread that has this object.
  private let channel: OpaquePointer
  /// The core reads a call's body until the call is over, so it has a place of its own.
  private var body = unsafe UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)

  // SAFETY for every use below: see `channel`; what the core hands out is copied before the next call with it.

  /// Nil without memory.
  init?() {
    guard let channel = unsafe axz_channel_create() else { return nil }
    unsafe self.channel = channel
  }

  deinit {
    unsafe axz_channel_free(channel)
    unsafe body.deallocate()
  }

  /// Forgets all of the connection before; for a new one.
  func reset() { unsafe axz_channel_reset(channel) }

  /// Begins a call; false without memory.
  func begin(_ call: Call) -> Bool {
    unsafe body.deallocate()
    unsafe body = .allocate(capacity: call.body.count)
    _ = unsafe body.initialize(from: call.body)
    // SAFETY: the core copies the texts before it returns.
    return unsafe call.path.withCString { path in
      unsafe call.host.withCString { host in
        unsafe call.headers.withCString { headers in
          unsafe "axonize-swift/\(axonizeVersion)".withCString { agent in
            var begun = unsafe axz_call(
              path: path, host: host, port: UInt32(call.port), is_tls: call.isTLS, headers: headers, user_agent: agent,
              timeout: call.timeout.nanoseconds, compression: call.compression.coreNumber, body: body.baseAddress,
              body_size: body.count)
            return unsafe axz_channel_begin(channel, &begun)
          }
        }
      }
    }
  }

  /// The bytes to be sent next, which count as sent then; nil when there are none now.
  func pending() -> [UInt8]? {
    var size = 0
    guard let bytes = unsafe axz_channel_pending(channel, &size) else { return nil }
    let pending = unsafe Array(UnsafeBufferPointer(start: bytes, count: size))
    unsafe axz_channel_taken(channel, size)
    return pending
  }

  /// Hands over what came; nothing at the end of the stream.
  func receive(_ bytes: ArraySlice<UInt8>) {
    unsafe bytes.withUnsafeBufferPointer { bytes in
      unsafe axz_channel_receive(channel, bytes.isEmpty ? nil : bytes.baseAddress, bytes.count)
    }
  }

  var state: State {
    var answer = unsafe axz_answer()
    switch unsafe axz_channel_state(channel, &answer) {
    case UInt32(AXZ_CHANNEL_PENDING): return .pending
    case UInt32(AXZ_CHANNEL_ANSWERED):
      let content = unsafe UnsafeBufferPointer(start: answer.content, count: answer.content_size)
      return unsafe .answered(
        Answer(
          verdict: Reply.Verdict(answer.verdict), status: answer.status,
          pause: answer.pause > 0 ? .nanoseconds(Int64(clamping: answer.pause)) : nil,
          keepsConnection: answer.keeps_connection, content: Array(content)))
    case UInt32(AXZ_CHANNEL_CLOSED), UInt32(AXZ_CHANNEL_UNPROCESSED): return .closed
    case UInt32(AXZ_CHANNEL_FOREIGN): return .foreign
    default: return .malformed
    }
  }

  /// Whether the peer has begun no answer to the call, as far as is known.
  var isUnanswered: Bool {
    switch state {
    case .pending, .closed: true
    case .answered, .malformed, .foreign: false
    }
  }
}
