package import System

/// What a loop calls when a descriptor becomes ready.
package protocol ChannelHandler: AnyObject {
  /// Called on the loop's thread. Readiness is level-triggered: what is not taken is reported again.
  func channelReady(_ events: EventSet)
}

/// A descriptor that a loop watches.
///
/// Confined to the thread of the loop.
package final class Channel {
  /// Kept until the channel is closed, which breaks the cycle between the two.
  package fileprivate(set) var handler: (any ChannelHandler)?
  /// The descriptor's number, -1 once it is closed.
  package private(set) var number: Int32
  package fileprivate(set) var interest: EventSet = []
  fileprivate var slot = -1
  fileprivate var generation: UInt32 = 0
  private var descriptor: FileDescriptor?

  package init(_ descriptor: consuming FileDescriptor, handler: any ChannelHandler) {
    number = descriptor.rawValue
    self.descriptor = consume descriptor
    self.handler = handler
  }

  package var isOpen: Bool { number >= 0 }

  fileprivate func close() {
    number = -1
    descriptor = nil
    handler = nil
  }
}

/// The channels of a loop, found by the token that epoll gives back; a token of a closed channel finds nothing.
struct ChannelTable {
  private struct Slot {
    var channel: Channel?
    var generation: UInt32
  }

  private var slots: [Slot] = []
  private var free: [Int] = []
  private(set) var count = 0

  mutating func insert(_ channel: Channel) -> UInt64 {
    if free.isEmpty {
      free.append(slots.count)
      slots.append(Slot(channel: nil, generation: 0))
    }
    let index = free.removeLast()
    slots[index].channel = channel
    channel.slot = index
    channel.generation = slots[index].generation
    count += 1
    return token(of: channel)
  }

  func token(of channel: Channel) -> UInt64 { UInt64(channel.generation) << 32 | UInt64(channel.slot) }

  func find(_ token: UInt64) -> Channel? {
    let index = Int(token & 0xffff_ffff)
    guard index < slots.count, slots[index].generation == UInt32(token >> 32) else { return nil }
    return slots[index].channel
  }

  mutating func close(_ channel: Channel) {
    guard channel.slot >= 0 else { return channel.close() }
    slots[channel.slot].channel = nil
    slots[channel.slot].generation &+= 1
    free.append(channel.slot)
    channel.slot = -1
    count -= 1
    channel.close()
  }
}

extension Channel {
  func note(_ interest: EventSet) { self.interest = interest }
}
