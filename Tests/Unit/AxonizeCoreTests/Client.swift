import CAxonizeCore

@testable import AxonizeCore

/// A channel as an embedder uses it.
final class Client {
  struct Gone: Error {}

  private let channel: OpaquePointer
  private var bodies: [UnsafeMutableBufferPointer<UInt8>] = []

  /// - Parameter greeted: The server has sent its settings and ours are on their way.
  init(greeted: Bool = false) throws {
    guard let channel = axz_channel_create() else { throw Gone() }
    self.channel = channel
    guard greeted else { return }
    hear([SentFrame(kind: 4)])
    _ = sent()
  }

  /// A client whose call is sent and that waits for the answer.
  static func called() throws -> Client {
    let client = try Client(greeted: true)
    client.call([1, 2, 3])
    _ = client.sent()
    return client
  }

  deinit {
    axz_channel_free(channel)
    bodies.forEach { $0.deallocate() }
  }

  func reset() { axz_channel_reset(channel) }

  /// Begins a call; false when none may begin.
  @discardableResult
  func call(_ body: [UInt8], headers: String = "") -> Bool {
    let memory = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: body.count)
    _ = memory.initialize(from: body)
    bodies.append(memory)
    return headers.withCString { headers in
      var call = axz_call(
        path: text("/s.S/M"), host: text("h"), port: 4317, is_tls: false, headers: headers, user_agent: text("agent/1"),
        timeout: 1_000_000_000, compression: 0, body: memory.baseAddress, body_size: body.count)
      return axz_channel_begin(channel, &call)
    }
  }

  private func text(_ literal: StaticString) -> UnsafePointer<CChar> { AxonizeCore.text(literal) }

  /// All that the channel has to send now.
  func sent() -> [UInt8] {
    var sent: [UInt8] = []
    var size = 0
    while let pending = axz_channel_pending(channel, &size) {
      // As a socket that takes a part only.
      let taken = max(1, size * 3 / 4)
      sent += UnsafeBufferPointer(start: pending, count: taken)
      axz_channel_taken(channel, taken)
    }
    return sent
  }

  /// Hands over what came; the end of the stream when that is nothing.
  func hear(_ bytes: [UInt8]) {
    bytes.withUnsafeBufferPointer { axz_channel_receive(channel, $0.baseAddress, $0.count) }
  }

  func hear(_ frames: [SentFrame]) { hear(frames.flatMap(\.encoded)) }

  /// AXZ_CHANNEL_*.
  var state: UInt32 {
    var answer = axz_answer()
    return axz_channel_state(channel, &answer)
  }

  var answer: axz_answer {
    var answer = axz_answer()
    _ = axz_channel_state(channel, &answer)
    return answer
  }

  var content: [UInt8] {
    let answer = answer
    return Array(UnsafeBufferPointer(start: answer.content, count: answer.content_size))
  }
}
