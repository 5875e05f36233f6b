import CAxonizeCore

/// A connection of HTTP/2 (RFC 9113) that carries calls of gRPC with one message each way, one after another: what is to
/// be sent and what has come, without sockets.
///
/// The header waits for the peer's settings: until then it is not known whether the peer speaks HTTP/2 at all.
struct Channel {
  enum Phase: UInt8 {
    /// No call is under way; one may begin.
    case idle
    case calling
    /// The call has its answer.
    case answered
    /// The connection is of no use any more.
    case broken
  }

  /// Why a connection is broken.
  enum Failure: UInt8 {
    case none
    /// The peer broke the protocol's rules or ours of size.
    case malformed
    /// What the peer said first is not HTTP/2.
    case foreign
    /// The peer leaves and has not looked at the call.
    case unprocessed
    /// The peer closed the connection.
    case closed
    case memory
  }

  var phase = Phase.idle
  var failure = Failure.none

  // What is to be sent.
  var output = axz_buffer()
  var outputTaken = 0

  // What has come: the begin of a frame that is not whole yet.
  var input: UnsafeMutablePointer<UInt8>?
  var inputUsed = 0
  /// Received and not yet given back to the peer's window of the connection.
  var consumed = 0

  // A header block on its way.
  var block = axz_buffer()
  var blockStream: UInt32 = 0
  var blockEndsStream = false
  var blockFrames = 0
  /// Only continuations of the block may come.
  var isCollecting = false
  var huffman: Huffman?
  var scratch: UnsafeMutablePointer<UInt8>?

  // What the peer allows.
  var hasSettings = false
  var frameMax = 16384
  var streamsMax: UInt32 = .max
  var windowFirst = 65535
  var window = 65535
  var isLeaving = false
  /// The last of our streams that a leaving peer deals with.
  var streamLast: UInt32 = .max

  // The call.
  var stream: UInt32 = 0
  var streamNext: UInt32 = 1
  var streamWindow = 0
  var head = axz_buffer()
  /// The message; the owner's until the call is over.
  var body: UnsafePointer<UInt8>?
  var bodySize = 0
  var isCompressed = false
  /// Of the message and its prefix.
  var bodySent = 0

  // Its answer.
  var answer = GRPCAnswer()

  /// Before each message: a byte for compression, and its length in four (gRPC over HTTP/2, "Length-Prefixed-Message").
  static let prefixSize = 5
  static let inputSize = 32768
  /// Frames are made while less than this waits to be sent.
  private static let outputGoal = 131_072
  private static let windowMax = 0x7fff_ffff
}

extension Channel {
  /// Makes a channel of memory; nil without.
  static func make() -> UnsafeMutablePointer<Channel>? {
    guard let memory = malloc(MemoryLayout<Channel>.size) else { return nil }
    let channel = memory.assumingMemoryBound(to: Channel.self)
    channel.pointee = Channel()
    guard let input = malloc(inputSize), let scratch = malloc(HeaderBlockReader.scratchSize),
      let huffman = Huffman.make()
    else {
      // Memory is out: the little that was taken above is left to the process.
      return nil
    }
    channel.pointee.input = input.assumingMemoryBound(to: UInt8.self)
    channel.pointee.scratch = scratch.assumingMemoryBound(to: UInt8.self)
    channel.pointee.huffman = huffman
    reset(channel)
    return channel
  }

  static func release(_ channel: UnsafeMutablePointer<Channel>) {
    axz_buffer_free(&channel.pointee.output)
    axz_buffer_free(&channel.pointee.block)
    axz_buffer_free(&channel.pointee.head)
    axz_buffer_free(&channel.pointee.answer.message)
    free(channel.pointee.input)
    free(channel.pointee.scratch)
    if let huffman = channel.pointee.huffman { Huffman.release(huffman) }
    free(channel)
  }

  /// Begins a new connection: the preface and our settings are the first that is sent.
  static func reset(_ channel: UnsafeMutablePointer<Channel>) {
    var fresh = Channel()
    fresh.input = channel.pointee.input
    fresh.scratch = channel.pointee.scratch
    fresh.huffman = channel.pointee.huffman
    axz_buffer_free(&channel.pointee.output)
    axz_buffer_free(&channel.pointee.block)
    axz_buffer_free(&channel.pointee.head)
    axz_buffer_free(&channel.pointee.answer.message)
    axz_buffer_init(&fresh.output, nil, 0, 4 << 20)
    axz_buffer_init(&fresh.block, nil, 0, UInt32(HeaderBlockReader.listSizeMax))
    channel.pointee = fresh
    let preface: StaticString = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    let isWritten =
      axz_buffer_append(&channel.pointee.output, preface.utf8Start, preface.utf8CodeUnitCount)
      && Frame.putHead(&channel.pointee.output, size: 24, .settings, flags: 0, stream: 0)
      // No table for headers, no pushed streams, windows that any answer fits into, and headers that we would read.
      && Frame.putSetting(&channel.pointee.output, .headerTableSize, 0)
      && Frame.putSetting(&channel.pointee.output, .enablePush, 0)
      && Frame.putSetting(&channel.pointee.output, .initialWindowSize, 4 << 20)
      && Frame.putSetting(&channel.pointee.output, .headerListSizeMax, UInt32(HeaderBlockReader.listSizeMax))
    if !isWritten { fail(channel, .memory) }
  }

  /// Whether a call may begin on this connection.
  static func isUsable(_ channel: UnsafePointer<Channel>) -> Bool {
    (channel.pointee.phase == .idle || channel.pointee.phase == .answered && channel.pointee.answer.isRequestSent)
      && !channel.pointee.isLeaving && channel.pointee.streamNext <= UInt32(windowMax)
  }

  /// Begins a call; false without memory, or when none may begin.
  static func begin(_ channel: UnsafeMutablePointer<Channel>, _ call: UnsafePointer<axz_call>) -> Bool {
    guard isUsable(channel), call.pointee.body_size <= Int(UInt32.max),
      HeaderBlockWriter.write(&channel.pointee.head, call)
    else { return false }
    channel.pointee.stream = 0
    channel.pointee.body = call.pointee.body
    channel.pointee.bodySize = call.pointee.body_size
    channel.pointee.isCompressed = call.pointee.compression != UInt32(AXZ_COMPRESSION_NONE)
    channel.pointee.bodySent = 0
    axz_buffer_free(&channel.pointee.answer.message)
    channel.pointee.answer = GRPCAnswer()
    axz_buffer_init(&channel.pointee.answer.message, nil, 0, UInt32(GRPCAnswer.messageSizeMax &+ prefixSize))
    channel.pointee.phase = .calling
    return true
  }

  /// The connection is of no use any more.
  static func fail(_ channel: UnsafeMutablePointer<Channel>, _ failure: Failure) {
    if channel.pointee.phase == .broken { return }
    channel.pointee.phase = .broken
    channel.pointee.failure = failure
    channel.pointee.body = nil
  }

  // MARK: Sending

  /// The bytes to be sent next; none when there are none, or when the peer has to say something first.
  static func pending(
    _ channel: UnsafeMutablePointer<Channel>
  ) -> (bytes: UnsafePointer<UInt8>, size: Int)? {
    if channel.pointee.outputTaken == Int(channel.pointee.output.used) {
      channel.pointee.output.used = 0
      channel.pointee.outputTaken = 0
      produce(channel)
    }
    let size = Int(channel.pointee.output.used) &- channel.pointee.outputTaken
    guard channel.pointee.phase != .broken, size > 0, let data = channel.pointee.output.data else { return nil }
    return (UnsafePointer(data + channel.pointee.outputTaken), size)
  }

  /// Takes note that so many of the pending bytes were sent.
  static func taken(_ channel: UnsafeMutablePointer<Channel>, _ count: Int) {
    let left = Int(channel.pointee.output.used) &- channel.pointee.outputTaken
    channel.pointee.outputTaken &+= min(max(count, 0), left)
  }

  /// Makes frames of the call, as far as the peer's windows allow.
  private static func produce(_ channel: UnsafeMutablePointer<Channel>) {
    guard channel.pointee.phase == .calling, channel.pointee.hasSettings else { return }
    if channel.pointee.stream == 0 {
      guard channel.pointee.streamsMax > 0 else { return }
      guard putHead(channel) else { return fail(channel, .memory) }
    }
    let whole = channel.pointee.bodySize &+ prefixSize
    while channel.pointee.bodySent < whole, Int(channel.pointee.output.used) < outputGoal {
      let room = min(channel.pointee.window, channel.pointee.streamWindow)
      let size = min(min(whole &- channel.pointee.bodySent, channel.pointee.frameMax), min(room, outputGoal))
      guard size > 0 else { return }
      guard putData(channel, size, isLast: channel.pointee.bodySent &+ size == whole) else {
        return fail(channel, .memory)
      }
      channel.pointee.bodySent &+= size
      channel.pointee.window &-= size
      channel.pointee.streamWindow &-= size
    }
  }

  /// Opens the stream: HEADERS, and CONTINUATION where they do not fit a frame.
  private static func putHead(_ channel: UnsafeMutablePointer<Channel>) -> Bool {
    channel.pointee.stream = channel.pointee.streamNext
    channel.pointee.streamNext &+= 2
    channel.pointee.streamWindow = channel.pointee.windowFirst
    guard let head = channel.pointee.head.data else { return false }
    let whole = Int(channel.pointee.head.used)
    var sent = 0
    while sent < whole {
      let size = min(whole &- sent, channel.pointee.frameMax)
      let flags = sent &+ size == whole ? Frame.endHeaders : 0
      guard
        Frame.putHead(
          &channel.pointee.output, size: size, sent == 0 ? .headers : .continuation, flags: flags,
          stream: channel.pointee.stream),
        axz_buffer_append(&channel.pointee.output, head + sent, size)
      else { return false }
      sent &+= size
    }
    return true
  }

  private static func putData(_ channel: UnsafeMutablePointer<Channel>, _ size: Int, isLast: Bool) -> Bool {
    guard
      Frame.putHead(
        &channel.pointee.output, size: size, .data, flags: isLast ? Frame.endStream : 0, stream: channel.pointee.stream),
      let place = room(&channel.pointee.output, size)
    else { return false }
    var target = place
    var left = size
    var offset = channel.pointee.bodySent
    while offset < prefixSize, left > 0 {
      let shift = UInt32(prefixSize &- 1 &- offset) &* 8
      target.pointee =
        offset == 0
        ? (channel.pointee.isCompressed ? 1 : 0)
        : UInt8(truncatingIfNeeded: UInt32(truncatingIfNeeded: channel.pointee.bodySize) &>> shift)
      target += 1
      offset &+= 1
      left &-= 1
    }
    if left > 0, let body = channel.pointee.body { memcpy(target, body + (offset &- prefixSize), left) }
    channel.pointee.output.used &+= UInt32(truncatingIfNeeded: size)
    return true
  }

  /// Adds to a window; false when it outgrows what the protocol allows.
  static func widen(_ window: UnsafeMutablePointer<Int>, _ count: Int) -> Bool {
    window.pointee &+= count
    return window.pointee <= windowMax
  }
}
