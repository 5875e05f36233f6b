public import CAxonizeCore

// Calls of gRPC for embedders that have a connection of their own.

/// Makes a channel.
@c @implementation
public func axz_channel_create() -> OpaquePointer? { Channel.make().map { OpaquePointer($0) } }

/// Frees a channel.
@c @implementation
public func axz_channel_free(_ channel: OpaquePointer) { Channel.release(opened(channel)) }

/// Begins a new connection.
@c @implementation
public func axz_channel_reset(_ channel: OpaquePointer) { Channel.reset(opened(channel)) }

/// Begins a call.
@c @implementation
public func axz_channel_begin(_ channel: OpaquePointer, _ call: UnsafePointer<axz_call>) -> Bool {
  Channel.begin(opened(channel), call)
}

/// What is to be sent now.
@c @implementation
public func axz_channel_pending(
  _ channel: OpaquePointer, _ size: UnsafeMutablePointer<Int>
) -> UnsafePointer<UInt8>? {
  let pending = Channel.pending(opened(channel))
  size.pointee = pending?.size ?? 0
  return pending?.bytes
}

/// Counts what was sent.
@c @implementation
public func axz_channel_taken(_ channel: OpaquePointer, _ size: Int) { Channel.taken(opened(channel), size) }

/// Takes what has come.
@c @implementation
public func axz_channel_receive(_ channel: OpaquePointer, _ bytes: UnsafePointer<UInt8>?, _ size: Int) {
  let channel = opened(channel)
  guard let bytes, size > 0 else { return Channel.ended(channel) }
  var begin = 0
  while begin < size, channel.pointee.phase != .broken, let (place, free) = Channel.inputRoom(channel) {
    let count = min(size &- begin, free)
    memcpy(place, bytes + begin, count)
    Channel.received(channel, count)
    begin &+= count
  }
}

/// How far the call is.
@c @implementation
public func axz_channel_state(_ channel: OpaquePointer, _ answer: UnsafeMutablePointer<axz_answer>) -> UInt32 {
  let channel = opened(channel)
  switch channel.pointee.phase {
  case .idle, .calling: return UInt32(AXZ_CHANNEL_PENDING)
  case .answered:
    answer.pointee = GRPCAnswer.result(&channel.pointee.answer, keepsConnection: Channel.isUsable(channel))
    return UInt32(AXZ_CHANNEL_ANSWERED)
  case .broken: break
  }
  switch channel.pointee.failure {
  case .unprocessed: return UInt32(AXZ_CHANNEL_UNPROCESSED)
  case .foreign: return UInt32(AXZ_CHANNEL_FOREIGN)
  case .malformed: return UInt32(AXZ_CHANNEL_MALFORMED)
  case .none, .closed, .memory:
    return UInt32(channel.pointee.answer.hasHead ? AXZ_CHANNEL_MALFORMED : AXZ_CHANNEL_CLOSED)
  }
}

private func opened(_ channel: OpaquePointer) -> UnsafeMutablePointer<Channel> {
  // Made by axz_channel_create, which is the only one to hand them out.
  UnsafeMutableRawPointer(channel).assumingMemoryBound(to: Channel.self)
}
