import AxonizeCore
import CAxonizeCore

/// Properties that hold for every input; the fuzzer and the replay of its findings run them.
///
/// Whatever a server says, the client of gRPC in the SDK's core neither traps nor reads out of bounds nor writes without
/// a bound, and what it makes of the bytes does not depend on how they are cut into pieces.
package enum GRPCFuzzCase {
  /// Has a server say an input whose first byte chooses where it is cut.
  package static func run(_ input: [UInt8]) {
    guard let seed = input.first else { return }
    let said = [UInt8](input.dropFirst())
    let cut = said.isEmpty ? 0 : Int(seed) * said.count / 256
    let pieces = [Array(said[..<cut]), Array(said[cut...])]
    // The first frame of a server is its settings; half of the inputs get past it for nothing. Without it a cut decides
    // whether the call was sent before the rest came.
    let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
    if seed & 1 == 0 {
      precondition(
        outcome(of: [settings, said]) == outcome(of: [settings] + pieces), "a cut at \(cut) changes an answer")
    } else {
      _ = outcome(of: pieces)
    }
  }

  private struct Outcome: Hashable {
    var state: UInt32
    var verdict: UInt32
    var status: UInt32
    var pause: UInt64
    var content: [UInt8]
  }

  /// Of the body of a call; more than a window of the connection has.
  private static let body = [UInt8](repeating: 7, count: 100_000)

  private static func outcome(of pieces: [[UInt8]]) -> Outcome {
    // SAFETY for all of this function: the channel lives until its end, texts and arrays longer than the calls that read
    // them, and of what is pending so many bytes are read as the core says.
    guard let channel = unsafe axz_channel_create() else { preconditionFailure("no memory") }
    defer { unsafe axz_channel_free(channel) }
    return unsafe body.withUnsafeBufferPointer { body in
      let texts: (StaticString, StaticString, StaticString) = ("/a.B/C", "localhost", "Authorization: Bearer key\r\n")
      unsafe precondition(
        begin(channel, text(texts.0), text(texts.1), text(texts.2), UnsafeBufferPointer(rebasing: body[...])))
      for piece in pieces {
        // The client sends what it may before more comes, as over a socket that takes all.
        unsafe send(channel)
        if piece.isEmpty { continue }
        unsafe piece.withUnsafeBufferPointer { unsafe axz_channel_receive(channel, $0.baseAddress, $0.count) }
      }
      unsafe send(channel)
      var answer = unsafe axz_answer()
      let state = unsafe axz_channel_state(channel, &answer)
      let content = unsafe answer.content.map {
        unsafe Array(UnsafeBufferPointer(start: $0, count: answer.content_size))
      }
      return unsafe Outcome(
        state: state, verdict: answer.verdict, status: answer.status, pause: answer.pause, content: content ?? [])
    }
  }

  private static func text(_ text: StaticString) -> UnsafePointer<CChar> {
    // SAFETY: a literal ends in zero and lives for ever.
    unsafe UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
  }

  private static func begin(
    _ channel: OpaquePointer, _ path: UnsafePointer<CChar>, _ host: UnsafePointer<CChar>,
    _ headers: UnsafePointer<CChar>, _ body: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    var call = unsafe axz_call(
      path: path, host: host, port: 4317, is_tls: false, headers: headers, user_agent: path, timeout: 10_000_000_000,
      compression: 0, body: body.baseAddress, body_size: body.count)
    return unsafe axz_channel_begin(channel, &call)
  }

  private static func send(_ channel: OpaquePointer) {
    var size = 0
    var sent = 0
    while unsafe axz_channel_pending(channel, &size) != nil {
      unsafe axz_channel_taken(channel, size)
      sent += size
      precondition(sent < 8 << 20, "more is sent than anybody asked for")
    }
  }
}
