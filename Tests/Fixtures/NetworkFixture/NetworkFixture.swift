import Base
import EventLoop
import Glibc
import HTTPServer
import System
import TLS

/// A server for the end-to-end tests and benchmarks of the network layer.
///
/// Options are `name=value`: port, takeover (1 to share it), loops, cert, key, connections, peer (connections of one
/// address), held (bytes), and the timeouts head, body, idle, request, write in milliseconds. Prints one line per
/// listener, then drains at SIGTERM.
@main
enum NetworkFixture {
  static func main() async throws {
    let signals = try SignalReader([SIGTERM, SIGINT])
    try SignalReader.ignoreBrokenPipes()
    var options: [String: String] = [:]
    for argument in CommandLine.arguments.dropFirst() {
      let parts = argument.split(separator: "=", maxSplits: 1)
      if parts.count == 2 { options[String(parts[0])] = String(parts[1]) }
    }
    let number = { (name: String, fallback: Int) in options[name].flatMap { Int($0) } ?? fallback }
    var limits = HTTPServerLimits()
    limits.connectionCountMax = number("connections", limits.connectionCountMax)
    limits.connectionsPerAddressMax = number("peer", limits.connectionsPerAddressMax)
    limits.heldBytesMax = number("held", limits.heldBytesMax)
    limits.headTimeout = .milliseconds(number("head", 10_000))
    limits.bodyTimeout = .milliseconds(number("body", 30_000))
    limits.idleTimeout = .milliseconds(number("idle", 75_000))
    limits.requestTimeout = .milliseconds(number("request", 60_000))
    limits.writeTimeout = .milliseconds(number("write", 30_000))
    let address = SocketAddress(family: .ipv4, bytes: [127, 0, 0, 1], port: UInt16(number("port", 0)))
    var listeners: [(address: SocketAddress, tls: TLSContext?)] = [(address, nil)]
    if let cert = options["cert"], let key = options["key"] {
      let tls = try TLSContext(certificateChainFile: cert, privateKeyFile: key)
      listeners.append((SocketAddress(family: .ipv4, bytes: [127, 0, 0, 1], port: 0), tls))
    }
    let loops = try EventLoopGroup(count: number("loops", 1))
    let pool = try WorkerPool(name: "work", threadCount: 1, queueCountMax: 1024)
    let router = FixtureRouter(pool: pool)
    var configuration = HTTPServerConfiguration(listeners: listeners, limits: limits)
    configuration.takesOverPorts = number("takeover", 0) == 1
    let server = try HTTPServer(configuration: configuration, loops: loops, router: router, logger: .disabled)
    router.serve(server)
    for address in server.addresses { print("listening \(address)") }
    fflush(nil)
    _ = try signals.next()
    let cut = await server.drain(deadline: .seconds(10))
    print("drained \(cut)")
    fflush(nil)
    exit(0)
  }
}
