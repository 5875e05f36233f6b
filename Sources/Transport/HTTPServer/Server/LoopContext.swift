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
  /// Responses below this size are not worth compressing.
  private static let gzipBytesMin = 1024
  /// Compressing responses above this size would block the loop for too long.
  private static let gzipBytesMax = 1 << 20

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
  private var encoder: GzipEncoder?

  init(
    loop: EventLoop, index: Int, limits: HTTPServerLimits, openConnections: OpenConnections, held: HeldBytesTotal,
    logger: Logger
  ) {
    self.loop = loop
    self.index = index
    self.limits = limits
    self.openConnections = openConnections
    self.held = HeldBytes(held, counter: counters)
    self.logger = logger
    parser = RequestHeadParser(
      limits: HTTP1Limits(headBytesMax: limits.headBytesMax, fieldCountMax: limits.headFieldCountMax))
    unsafe readBuffer = .allocate(byteCount: 256 << 10, alignment: 64)
  }

  deinit { unsafe readBuffer.deallocate() }

  /// The body as gzip if that is worthwhile; nil to send it as it is.
  func compressed(_ body: [UInt8], type: String, fields: HTTPFields) -> [UInt8]? {
    guard (Self.gzipBytesMin...Self.gzipBytesMax).contains(body.count), fields["content-encoding"] == nil,
      type.hasPrefix("application/json") || type.hasPrefix("text/") || type.hasPrefix("application/javascript")
    else { return nil }
    if encoder == nil {
      // Without memory for an encoder the response is sent uncompressed, which is just as good.
      encoder = try? GzipEncoder(level: 4)
    }
    guard let compressed = encoder?.encode(body), compressed.count < body.count else { return nil }
    return compressed
  }

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
