import Configuration
import Features
import HTTPServer
import Testing

@testable import Server

@Suite struct TransportLimitTests {
  private func configuration(_ flags: [String: String] = [:]) throws -> Configuration {
    try ConfigurationLoader(Features.settings, environment: [:], readFile: { _ in nil }).load(flags: flags)
  }

  @Test func `the defaults of settings are those of the transport`() throws {
    #expect(HTTPServerLimits(try configuration()) == HTTPServerLimits())
  }

  @Test func `each limit comes from its own setting`() throws {
    let limits = HTTPServerLimits(
      try configuration([
        "limits.connections": "100", "limits.connections_per_address": "7", "limits.header_timeout": "1s",
        "limits.body_timeout": "2s", "limits.request_timeout": "3s", "limits.idle_timeout": "4s",
        "limits.body": "128MiB",
      ]))
    #expect(limits.connectionCountMax == 100)
    #expect(limits.connectionsPerAddressMax == 7)
    #expect(limits.headTimeout == .seconds(1))
    #expect(limits.bodyTimeout == .seconds(2))
    #expect(limits.requestTimeout == .seconds(3))
    #expect(limits.idleTimeout == .seconds(4))
    // Whoever may send the largest body twice leaves as much room to others.
    #expect(limits.connectionHeldBytesMax == 256 << 20)
    #expect(limits.heldBytesMax == 512 << 20)
  }

  @Test func `open files bound connections`() throws {
    #expect(HTTPServerLimits(try configuration(), connectionCountMax: 512).connectionCountMax == 512)
    #expect(HTTPServerLimits(try configuration(), connectionCountMax: 1 << 20).connectionCountMax == 10_000)
  }
}
