import System
import Testing

@testable import HTTPServer

@Suite struct PeerLimitTests {
  private func address(_ text: String) throws -> SocketAddress { try #require(SocketAddress(host: text, port: 1)) }

  @Test func `connections are bounded, in all and of one address`() throws {
    let open = OpenConnections(countMax: 4, perPeerMax: 2)
    let (one, two) = (try address("10.0.0.1"), try address("10.0.0.2"))
    #expect(open.enter(one))
    #expect(open.enter(one))
    #expect(!open.enter(one))
    #expect(!open.isCrowded)
    #expect(open.enter(two))
    #expect(open.isCrowded)
    #expect(open.enter(two))
    #expect(!open.enter(try address("10.0.0.3")))
    open.leave(one)
    #expect(open.enter(try address("10.0.0.3")))
  }

  @Test func `an IPv6 network of one machine counts as one address`() throws {
    let open = OpenConnections(countMax: 10, perPeerMax: 1)
    #expect(open.enter(try address("2001:db8::1")))
    #expect(!open.enter(try address("2001:db8::ffff:2")))
    #expect(open.enter(try address("2001:db8:0:1::1")))
    // An IPv4 address with the same first bytes is another one.
    #expect(open.enter(try address("32.1.13.184")))
  }

  @Test func `strangers hold at most half, clients the whole, a connection its share`() {
    let total = HeldBytesTotal(bytesMax: 1000, loopCount: 1)
    let held = HeldBytes(total, counter: LoopCounters())
    let stranger = PeerAccount(held, bytesMax: 800)
    #expect(stranger.hold(500))
    #expect(!stranger.hold(1))
    let client = PeerAccount(held, bytesMax: 400)
    client.isKnown = true
    #expect(client.hold(400))
    #expect(!client.hold(1))
    let other = PeerAccount(held, bytesMax: 400)
    other.isKnown = true
    #expect(!other.hold(101))
    #expect(other.hold(100))
    stranger.close()
    #expect(other.hold(300))
    client.release(400)
    other.close()
    #expect(held.byteCount == 0)
    // What is given back after the end of a connection was given back at its end.
    other.release(5)
    #expect(!other.hold(1))
    #expect(held.byteCount == 0)
  }

  @Test func `loops share one total, and keep little of it to themselves`() {
    let total = HeldBytesTotal(bytesMax: 16_000, loopCount: 4)
    let loops = (0..<4).map { _ in HeldBytes(total, counter: LoopCounters()) }
    // Each has taken and given back; what stays leased leaves most of the total to the one that needs it.
    for loop in loops {
      #expect(loop.hold(4000, upTo: 16_000))
      loop.release(4000)
    }
    #expect(loops[0].hold(12_000, upTo: 16_000))
    #expect(!loops[1].hold(4001, upTo: 16_000))
  }
}
