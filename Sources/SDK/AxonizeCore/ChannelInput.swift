import CAxonizeCore

// What a channel does with the frames that come. Whatever the bytes are, it ends with an answer, or with a connection that
// is closed.

extension Channel {
  /// Where the next bytes go, and how many there is room for.
  static func inputRoom(_ channel: UnsafeMutablePointer<Channel>) -> (place: UnsafeMutablePointer<UInt8>, size: Int)? {
    guard let input = channel.pointee.input else { return nil }
    return (input + channel.pointee.inputUsed, inputSize &- channel.pointee.inputUsed)
  }

  /// Takes the bytes that were put into the room.
  static func received(_ channel: UnsafeMutablePointer<Channel>, _ count: Int) {
    guard let input = channel.pointee.input else { return }
    channel.pointee.inputUsed &+= min(max(count, 0), inputSize &- channel.pointee.inputUsed)
    var place = 0
    while channel.pointee.phase != .broken {
      let left = channel.pointee.inputUsed &- place
      guard left >= Frame.headSize else { break }
      let frame = Frame.read(input + place)
      if !channel.pointee.hasSettings, !isFirst(frame) {
        fail(channel, .foreign)
        break
      }
      guard frame.size <= Frame.sizeMax else {
        fail(channel, .malformed)
        break
      }
      guard left >= Frame.headSize &+ frame.size else { break }
      if !take(channel, frame) { fail(channel, .malformed) }
      place &+= Frame.headSize &+ frame.size
    }
    channel.pointee.inputUsed &-= place
    if place > 0, channel.pointee.inputUsed > 0 { memmove(input, input + place, channel.pointee.inputUsed) }
  }

  /// The peer has closed the connection.
  static func ended(_ channel: UnsafeMutablePointer<Channel>) {
    // A few bytes that are no frame: an alert of TLS, for one.
    fail(channel, !channel.pointee.hasSettings && channel.pointee.inputUsed > 0 ? .foreign : .closed)
  }

  /// A server's first frame is its settings (RFC 9113, 3.4).
  private static func isFirst(_ frame: Frame) -> Bool {
    frame.kind == Frame.Kind.settings.rawValue && frame.flags & Frame.acknowledgement == 0 && frame.stream == 0
      && frame.size <= Frame.sizeMax
  }

  /// False for what breaks the protocol's rules.
  private static func take(_ channel: UnsafeMutablePointer<Channel>, _ frame: Frame) -> Bool {
    if channel.pointee.isCollecting {
      guard frame.kind == Frame.Kind.continuation.rawValue, frame.stream == channel.pointee.blockStream else {
        return false
      }
    }
    switch frame.kind {
    case Frame.Kind.data.rawValue: return takeData(channel, frame)
    case Frame.Kind.headers.rawValue: return takeHeaders(channel, frame)
    case Frame.Kind.priority.rawValue: return frame.size == 5 && frame.stream != 0
    case Frame.Kind.resetStream.rawValue: return takeReset(channel, frame)
    case Frame.Kind.settings.rawValue: return takeSettings(channel, frame)
    case Frame.Kind.pushPromise.rawValue: return false
    case Frame.Kind.ping.rawValue: return takePing(channel, frame)
    case Frame.Kind.goAway.rawValue: return takeGoAway(channel, frame)
    case Frame.Kind.windowUpdate.rawValue: return takeWindowUpdate(channel, frame)
    case Frame.Kind.continuation.rawValue: return takeContinuation(channel, frame)
    default: return true
    }
  }

  /// Whether a stream is one that we opened; only those are there, since pushed ones are switched off.
  private static func isOurs(_ channel: UnsafePointer<Channel>, _ stream: UInt32) -> Bool {
    stream & 1 == 1 && stream < channel.pointee.streamNext
  }

  private static func isCalled(_ channel: UnsafePointer<Channel>, _ stream: UInt32) -> Bool {
    channel.pointee.phase == .calling && stream == channel.pointee.stream
  }

  /// The payload without what pads it; nil when that is more than there is.
  private static func unpadded(_ frame: Frame) -> (bytes: UnsafePointer<UInt8>, size: Int)? {
    guard frame.flags & Frame.padded != 0 else { return (frame.payload, frame.size) }
    guard frame.size > 0 else { return nil }
    let padding = Int(frame.payload[0])
    guard padding < frame.size else { return nil }
    return (frame.payload + 1, frame.size &- 1 &- padding)
  }

  /// RFC 9113, 6.1.
  private static func takeData(_ channel: UnsafeMutablePointer<Channel>, _ frame: Frame) -> Bool {
    guard isOurs(channel, frame.stream), let (bytes, size) = unpadded(frame) else { return false }
    channel.pointee.consumed &+= frame.size
    if channel.pointee.consumed >= Frame.sizeMax {
      guard put(channel, .windowUpdate, 0, UInt32(channel.pointee.consumed)) else { return false }
      channel.pointee.consumed = 0
    }
    // What comes late for a stream that is over is passed over.
    guard isCalled(channel, frame.stream) else { return true }
    guard channel.pointee.answer.hasHead, GRPCAnswer.append(&channel.pointee.answer, bytes, size) else { return false }
    if frame.flags & Frame.endStream != 0 { answered(channel) }
    return true
  }

  /// RFC 9113, 6.2.
  private static func takeHeaders(_ channel: UnsafeMutablePointer<Channel>, _ frame: Frame) -> Bool {
    guard isOurs(channel, frame.stream), var (bytes, size) = unpadded(frame) else { return false }
    if frame.flags & Frame.priority != 0 {
      guard size >= 5 else { return false }
      bytes += 5
      size &-= 5
    }
    channel.pointee.block.used = 0
    channel.pointee.blockStream = frame.stream
    channel.pointee.blockEndsStream = frame.flags & Frame.endStream != 0
    channel.pointee.blockFrames = 0
    return takeFragment(channel, bytes, size, isLast: frame.flags & Frame.endHeaders != 0)
  }

  /// RFC 9113, 6.10.
  private static func takeContinuation(_ channel: UnsafeMutablePointer<Channel>, _ frame: Frame) -> Bool {
    guard channel.pointee.isCollecting else { return false }
    // Empty ones could come for ever.
    channel.pointee.blockFrames &+= 1
    guard channel.pointee.blockFrames <= 64 else { return false }
    return takeFragment(channel, frame.payload, frame.size, isLast: frame.flags & Frame.endHeaders != 0)
  }

  private static func takeFragment(
    _ channel: UnsafeMutablePointer<Channel>, _ bytes: UnsafePointer<UInt8>, _ size: Int, isLast: Bool
  ) -> Bool {
    guard axz_buffer_append(&channel.pointee.block, bytes, size) else { return false }
    channel.pointee.isCollecting = !isLast
    guard isLast else { return true }
    // Of a stream that is over nothing needs to be read: there is no table that a block could change.
    guard isCalled(channel, channel.pointee.blockStream) else { return true }
    guard let huffman = channel.pointee.huffman, let scratch = channel.pointee.scratch else { return false }
    let endsStream = channel.pointee.blockEndsStream
    guard
      GRPCAnswer.take(
        &channel.pointee.answer, channel.pointee.block, endsStream: endsStream, huffman, scratch)
    else { return false }
    if endsStream { answered(channel) }
    return true
  }

  /// RFC 9113, 6.4, with the meaning that gRPC gives to the codes (PROTOCOL-HTTP2.md, "Errors").
  private static func takeReset(_ channel: UnsafeMutablePointer<Channel>, _ frame: Frame) -> Bool {
    guard frame.size == 4, isOurs(channel, frame.stream) else { return false }
    guard isCalled(channel, frame.stream) else { return true }
    switch Frame.number(frame.payload) {
    case 7: channel.pointee.answer.status = GRPCStatus.unavailable  // REFUSED_STREAM
    case 8: channel.pointee.answer.status = GRPCStatus.cancelled  // CANCEL
    case 11: channel.pointee.answer.status = GRPCStatus.resourceExhausted  // ENHANCE_YOUR_CALM
    case 12: channel.pointee.answer.status = GRPCStatus.permissionDenied  // INADEQUATE_SECURITY
    default: channel.pointee.answer.status = GRPCStatus.internal
    }
    channel.pointee.answer.hasStatus = true
    answered(channel)
    // The stream is over for both sides.
    channel.pointee.answer.isRequestSent = true
    return true
  }

  /// RFC 9113, 6.5.
  private static func takeSettings(_ channel: UnsafeMutablePointer<Channel>, _ frame: Frame) -> Bool {
    guard frame.stream == 0 else { return false }
    if frame.flags & Frame.acknowledgement != 0 { return frame.size == 0 }
    guard frame.size % 6 == 0 else { return false }
    var place = frame.payload
    let end = frame.payload + frame.size
    while place < end {
      let setting = UInt16(place[0]) &<< 8 | UInt16(place[1])
      if !set(channel, setting, Frame.number(place + 2)) { return false }
      place += 6
    }
    channel.pointee.hasSettings = true
    return canPut(channel)
      && Frame.putHead(&channel.pointee.output, size: 0, .settings, flags: Frame.acknowledgement, stream: 0)
  }

  private static func set(_ channel: UnsafeMutablePointer<Channel>, _ setting: UInt16, _ value: UInt32) -> Bool {
    switch setting {
    case Frame.Setting.enablePush.rawValue: return value == 0
    case Frame.Setting.concurrentStreamsMax.rawValue: channel.pointee.streamsMax = value
    case Frame.Setting.initialWindowSize.rawValue:
      guard value <= 0x7fff_ffff else { return false }
      let difference = Int(value) &- channel.pointee.windowFirst
      channel.pointee.windowFirst = Int(value)
      // Below 0 it may come; then the peer has to give that back first (RFC 9113, 6.9.2).
      if channel.pointee.stream != 0 { return widen(&channel.pointee.streamWindow, difference) }
    case Frame.Setting.frameSizeMax.rawValue:
      guard value >= 16384, value <= 0xff_ffff else { return false }
      channel.pointee.frameMax = Int(value)
    default: break
    }
    return true
  }

  /// RFC 9113, 6.7.
  private static func takePing(_ channel: UnsafeMutablePointer<Channel>, _ frame: Frame) -> Bool {
    guard frame.stream == 0, frame.size == 8 else { return false }
    if frame.flags & Frame.acknowledgement != 0 { return true }
    return canPut(channel)
      && Frame.putHead(&channel.pointee.output, size: 8, .ping, flags: Frame.acknowledgement, stream: 0)
      && axz_buffer_append(&channel.pointee.output, frame.payload, 8)
  }

  /// RFC 9113, 6.8.
  private static func takeGoAway(_ channel: UnsafeMutablePointer<Channel>, _ frame: Frame) -> Bool {
    guard frame.stream == 0, frame.size >= 8 else { return false }
    channel.pointee.isLeaving = true
    channel.pointee.streamLast = min(channel.pointee.streamLast, Frame.number(frame.payload) & 0x7fff_ffff)
    guard channel.pointee.phase == .calling else { return true }
    if channel.pointee.stream == 0 || channel.pointee.stream > channel.pointee.streamLast {
      fail(channel, .unprocessed)
    }
    return true
  }

  /// RFC 9113, 6.9.
  private static func takeWindowUpdate(_ channel: UnsafeMutablePointer<Channel>, _ frame: Frame) -> Bool {
    guard frame.size == 4 else { return false }
    let count = Int(Frame.number(frame.payload) & 0x7fff_ffff)
    guard count > 0 else { return false }
    if frame.stream == 0 { return widen(&channel.pointee.window, count) }
    guard isOurs(channel, frame.stream) else { return false }
    return isCalled(channel, frame.stream) ? widen(&channel.pointee.streamWindow, count) : true
  }

  /// The call is over.
  private static func answered(_ channel: UnsafeMutablePointer<Channel>) {
    channel.pointee.answer.isRequestSent = channel.pointee.bodySent == channel.pointee.bodySize &+ prefixSize
    channel.pointee.body = nil
    channel.pointee.phase = .answered
  }

  // MARK: Answers to frames

  /// A peer that asks and does not read what it is told must not fill our memory.
  private static func canPut(_ channel: UnsafePointer<Channel>) -> Bool { channel.pointee.output.used < 1 << 20 }

  private static func put(
    _ channel: UnsafeMutablePointer<Channel>, _ kind: Frame.Kind, _ stream: UInt32, _ value: UInt32
  ) -> Bool {
    canPut(channel) && Frame.putHead(&channel.pointee.output, size: 4, kind, flags: 0, stream: stream)
      && Frame.putNumber(&channel.pointee.output, value)
  }
}
