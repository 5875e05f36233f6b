import CSystemShims
import Glibc

/// What a descriptor is watched for or has become.
package struct EventSet: OptionSet, Sendable, Hashable {
  package let rawValue: UInt32

  package init(rawValue: UInt32) { self.rawValue = rawValue }

  /// There are bytes to read, a connection to accept, or the end of the stream.
  package static let readable = EventSet(rawValue: EPOLLIN.rawValue)
  /// There is room to write, or a connection attempt has ended.
  package static let writable = EventSet(rawValue: EPOLLOUT.rawValue)
  /// The peer has closed its sending side.
  package static let peerClosed = EventSet(rawValue: EPOLLRDHUP.rawValue)
  /// The descriptor is broken; always reported.
  package static let failed = EventSet(rawValue: EPOLLERR.rawValue)
  /// What a connection that is read is watched for.
  package static let reading = EventSet(rawValue: EPOLLIN.rawValue | EPOLLRDHUP.rawValue)
  /// The events after which a read returns something.
  package static let readWorthy = EventSet(rawValue: EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLHUP.rawValue)

  /// Whether any of some events is there.
  ///
  /// Unlike the methods of `OptionSet` it is no generic code, which is not specialised across modules and showed in
  /// profiles.
  package func hasAny(of other: EventSet) -> Bool { rawValue & other.rawValue != 0 }

  /// Both sets together; not generic either.
  package func with(_ other: EventSet) -> EventSet { EventSet(rawValue: rawValue | other.rawValue) }

  package func isSame(as other: EventSet) -> Bool { rawValue == other.rawValue }

  /// Reported once per change instead of as long as it lasts.
  package static let edgeTriggered = EventSet(rawValue: EPOLLET.rawValue)
  /// Both directions are closed; always reported.
  package static let hungUp = EventSet(rawValue: EPOLLHUP.rawValue)
}

/// An epoll(7) instance, level-triggered.
package struct Epoll: ~Copyable, Sendable {
  private let descriptor: FileDescriptor

  package init() throws(SystemError) {
    descriptor = FileDescriptor(
      takingOwnershipOf: try checkedCall("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) })
  }

  /// Watches a descriptor; `token` comes back with its events.
  package borrowing func add(_ number: Int32, _ events: EventSet, token: UInt64) throws(SystemError) {
    try control(EPOLL_CTL_ADD, number, events, token)
  }

  /// Changes what a descriptor is watched for.
  package borrowing func modify(_ number: Int32, _ events: EventSet, token: UInt64) throws(SystemError) {
    try control(EPOLL_CTL_MOD, number, events, token)
  }

  /// Stops watching a descriptor.
  package borrowing func remove(_ number: Int32) throws(SystemError) {
    try control(EPOLL_CTL_DEL, number, [], 0)
  }

  /// Waits for events; an interrupted wait returns none.
  /// - Parameter timeoutMilliseconds: -1 waits for ever, 0 not at all.
  package borrowing func wait(into list: borrowing EventList, timeoutMilliseconds: Int32) throws(SystemError) -> Int {
    let number = descriptor.rawValue
    // SAFETY: the list owns capacity entries.
    let count = unsafe epoll_wait(number, list.base, list.capacity, timeoutMilliseconds)
    if count >= 0 { return Int(count) }
    let code = errno
    if code == EINTR { return 0 }
    throw SystemError(call: "epoll_wait", code: code)
  }

  private borrowing func control(
    _ operation: Int32, _ number: Int32, _ events: EventSet, _ token: UInt64
  ) throws(SystemError) {
    let epoll = descriptor.rawValue
    var event = unsafe epoll_event()
    unsafe event.events = events.rawValue
    unsafe event.data.u64 = token
    // SAFETY: the kernel copies the event during the call.
    _ = try checkedCall("epoll_ctl") { unsafe epoll_ctl(epoll, operation, number, &event) }
  }
}

/// Room for the events of one wait.
@safe
package struct EventList: ~Copyable {
  fileprivate let base: UnsafeMutablePointer<epoll_event>
  fileprivate let capacity: Int32

  package init(capacity: Int32) {
    self.capacity = capacity
    unsafe base = .allocate(capacity: Int(capacity))
    unsafe base.initialize(repeating: epoll_event(), count: Int(capacity))
  }

  deinit { unsafe base.deallocate() }

  /// The events and the token of an entry of the last wait.
  package subscript(index: Int) -> (events: EventSet, token: UInt64) {
    precondition(index >= 0 && index < Int(capacity), "no event at \(index)")
    // SAFETY: the index was checked; every entry is initialised.
    return unsafe (EventSet(rawValue: base[index].events), base[index].data.u64)
  }
}
