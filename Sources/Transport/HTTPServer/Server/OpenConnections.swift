import Synchronization
import System

/// How many connections all loops have open together, in all and from each address.
final class OpenConnections: Sendable {
  private let count = Atomic<Int>(0)
  private let countMax: Int
  private let perPeerMax: Int
  private let peers = Mutex<[PeerNetwork: Int]>([:])

  /// - Parameter perPeerMax: how many of them one address may have.
  init(countMax: Int, perPeerMax: Int) {
    self.countMax = countMax
    self.perPeerMax = perPeerMax
  }

  /// Whether more than half of the connections are used; those that do nothing are then asked to go sooner.
  var isCrowded: Bool { count.load(ordering: .relaxed) > countMax / 2 }

  /// Counts one more, unless there are too many, in all or from this peer.
  func enter(_ peer: SocketAddress) -> Bool {
    guard count.wrappingAdd(1, ordering: .relaxed).newValue <= countMax else {
      count.wrappingSubtract(1, ordering: .relaxed)
      return false
    }
    let network = PeerNetwork(peer)
    let isTaken = peers.withLock { peers in
      let open = peers[network, default: 0]
      guard open < perPeerMax else { return false }
      peers[network] = open + 1
      return true
    }
    if !isTaken { count.wrappingSubtract(1, ordering: .relaxed) }
    return isTaken
  }

  func leave(_ peer: SocketAddress) {
    count.wrappingSubtract(1, ordering: .relaxed)
    let network = PeerNetwork(peer)
    peers.withLock { peers in
      let open = peers[network, default: 0]
      peers[network] = open > 1 ? open - 1 : nil
    }
  }
}

/// What counts as one peer: an IPv4 address, or the /64 of an IPv6 address, which one machine has to itself (RFC 4291,
/// section 2.5.4).
struct PeerNetwork: Hashable, Sendable {
  private let prefix: UInt64
  private let family: SocketAddress.Family

  init(_ address: SocketAddress) {
    family = address.family
    prefix = address.bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}
