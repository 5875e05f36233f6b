import Base
import Compression
import EventLoop
import HTTP1
import HTTP2
import HTTPTypes
import Synchronization
import System

/// What the connections of one loop share.
@safe
final class LoopContext: @unchecked Sendable {  // confined to its loop, but for counters, limits and the loop itself
  let loop: EventLoop
  /// The number of the loop in its group.
  let index: Int
  let limits: HTTPServerLimits
  let counters = LoopCounters()
  let openConnections: OpenConnections
  let decoder = BodyDecoder()
  let readBuffer: UnsafeMutableRawBufferPointer
  let held: HeldBytes
  let logger: Logger
  /// When a wrong protocol was last logged; nil if never.
  var wrongProtocolLogged: Instant?
  var parser: RequestHeadParser
  var writer = HeadWriter()
  var fieldList = HTTP2FieldList()
  var isDraining = false
  var listeners: [Listener] = []
  var connections: [ObjectIdentifier: ServerConnection] = [:]
  var whenEmpty: (@Sendable () -> Void)?
  let encoders: ResponseEncoders

  init(
    loop: EventLoop, index: Int, limits: HTTPServerLimits, openConnections: OpenConnections, held: HeldBytesTotal,
    encoders: ResponseEncoders, logger: Logger
  ) {
    self.loop = loop
    self.index = index
    self.limits = limits
    self.openConnections = openConnections
    self.held = HeldBytes(held, counter: counters)
    self.encoders = encoders
    self.logger = logger
    parser = RequestHeadParser(
      limits: HTTP1Limits(headBytesMax: limits.headBytesMax, fieldCountMax: limits.headFieldCountMax))
    unsafe readBuffer = .allocate(byteCount: 256 << 10, alignment: 64)
  }

  deinit { unsafe readBuffer.deallocate() }

  func add(_ connection: ServerConnection) {
    connections[ObjectIdentifier(connection)] = connection
    counters.open.add()
  }

  func remove(_ connection: ServerConnection) {
    guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
    counters.open.add(-1)
    openConnections.leave(connection.peer)
    noticeIfEmpty()
  }

  /// Stops new connections from being made; returns the error if that failed.
  func dropNewHandshakes() -> SystemError? {
    for listener in listeners {
      do throws(SystemError) { try listener.dropNewHandshakes() } catch { return error }
    }
    return nil
  }

  /// Takes the connections that wait and closes the listeners.
  func stopListening() {
    isDraining = true
    for listener in listeners { listener.drain() }
    listeners.removeAll()
  }

  /// Lets every connection finish what it has.
  func drain(whenEmpty: @escaping @Sendable () -> Void) {
    self.whenEmpty = whenEmpty
    for connection in connections.values { connection.drain() }
    noticeIfEmpty()
  }

  /// Closes what is left; returns how many connections that were.
  func closeAll() -> Int {
    whenEmpty = nil
    let left = Array(connections.values)
    for connection in left { connection.close() }
    return left.count
  }

  private func noticeIfEmpty() {
    guard connections.isEmpty, let whenEmpty else { return }
    self.whenEmpty = nil
    whenEmpty()
  }
}
