import Glibc
import System
import Testing

/// Goal: SRV records are found.
///
/// Method: a name server on a port of the loopback interface with one response.
@Suite(.timeLimit(.minutes(1))) struct ServiceRecordTests {
  /// A name as in a message: each label with its length (RFC 1035, section 3.1).
  private static func name(_ text: String) -> [UInt8] {
    text.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
  }

  /// A record of type SRV for the name of the question.
  private static func service(_ target: String, port: UInt16) -> [UInt8] {
    let data: [UInt8] = [0, 1, 0, 2, UInt8(port >> 8), UInt8(port & 255)] + name(target)
    return [0xc0, 12, 0, 33, 0, 1, 0, 0, 0, 60, 0, UInt8(data.count)] + data
  }

  /// A name server that gives one response, with a code and records.
  private func withServer(
    code: UInt8, _ records: [[UInt8]], _ body: (SocketAddress) throws -> Void
  ) throws {
    let socket = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    try #require(socket >= 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        _ = unsafe bind(socket, address, size)
        _ = unsafe getsockname(socket, address, &size)
      }
    }
    let thread = ThreadHandle(
      try Thread(name: "names") {
        var query = [UInt8](repeating: 0, count: 512)
        var peer = sockaddr_storage()
        var peerSize = socklen_t(MemoryLayout<sockaddr_storage>.size)
        unsafe withUnsafeMutablePointer(to: &peer) { pointer in
          unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { peer in
            let count = unsafe recvfrom(socket, &query, query.count, 0, peer, &peerSize)
            guard count > 12 else { return }
            // The question ends 4 bytes after the end of its name.
            let end = (query[12...].firstIndex(of: 0) ?? 12) + 5
            var response = Array(query[..<2]) + [0x81, 0x80 | code, 0, 1, 0, UInt8(records.count), 0, 0, 0, 0]
            response += query[12..<end] + records.flatMap { $0 }
            _ = unsafe sendto(socket, response, response.count, 0, peer, peerSize)
          }
        }
      })
    let port = UInt16(bigEndian: address.sin_port)
    defer { thread.join() }
    try body(try #require(SocketAddress(host: "127.0.0.1", port: port)))
  }

  @Test func `the targets and ports of a service are found`() throws {
    let records = [Self.service("one.example", port: 9100), Self.service("two.example", port: 65535)]
    try withServer(code: 0, records) { server in
      let found = try ServiceRecord.resolve("_m._tcp.example.", from: server)
      #expect(
        found == [
          ServiceRecord(target: "one.example", port: 9100), ServiceRecord(target: "two.example", port: 65535),
        ])
    }
  }

  @Test func `records of other types are passed over`() throws {
    let address: [UInt8] = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]
    try withServer(code: 0, [address, Self.service("one.example", port: 1)]) { server in
      let found = try ServiceRecord.resolve("_m._tcp.example.", from: server)
      #expect(found.map(\.target) == ["one.example"])
    }
  }

  @Test func `a name without records has none`() throws {
    try withServer(code: 0, []) { server in
      let found = try ServiceRecord.resolve("_m._tcp.example.", from: server)
      #expect(found == [])
    }
  }

  @Test func `a name that is not there is an error`() throws {
    try withServer(code: 3, []) { server in
      let error = try #require(throws: NameError.self) { try ServiceRecord.resolve("_m._tcp.example.", from: server) }
      #expect(error.description == "look up _m._tcp.example.: Unknown host")
    }
  }
}
