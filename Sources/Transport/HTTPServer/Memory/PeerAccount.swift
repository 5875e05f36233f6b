/// What one connection's peer holds of the server's memory.
///
/// Confined to its loop.
///
/// A peer that has not shown that it may use the server gets less: all such peers together at most half of the memory,
/// so that strangers cannot take the room of clients.
final class PeerAccount {
  private let held: HeldBytes
  private let bytesMax: Int
  private(set) var byteCount = 0
  private var isClosed = false
  /// Whether a request of this connection was allowed by the router.
  var isKnown = false

  init(_ held: HeldBytes, bytesMax: Int) {
    self.held = held
    self.bytesMax = bytesMax
  }

  /// Counts bytes unless there is no room for them, for this peer or at all.
  func hold(_ count: Int) -> Bool {
    if count == 0 { return true }
    guard !isClosed, byteCount + count <= bytesMax,
      held.hold(count, upTo: isKnown ? held.bytesMax : held.bytesMax / 2)
    else { return false }
    byteCount += count
    return true
  }

  /// Gives bytes back; those of a closed connection went back when it closed.
  func release(_ count: Int) {
    guard !isClosed, count > 0 else { return }
    precondition(count <= byteCount, "\(count) bytes released of \(byteCount)")
    byteCount -= count
    held.release(count)
  }

  func close() {
    release(byteCount)
    isClosed = true
  }
}
