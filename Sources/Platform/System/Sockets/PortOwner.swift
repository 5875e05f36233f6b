import Base
import Glibc

/// A process that listens on a port.
package struct PortOwner: Sendable, Hashable {
  package let processID: Int
  /// The name of its program, as `ps` shows it.
  package let name: String
  /// Files that it has open whose name is the one asked for.
  package let openFiles: [String]

  package init(processID: Int, name: String, openFiles: [String]) {
    self.processID = processID
    self.name = name
    self.openFiles = openFiles
  }

  /// Looks in /proc for who listens where an address would; nil when nobody does or it may not be seen, as the
  /// processes of other users.
  ///
  /// - Parameter fileName: the name of files that say more about the process, e.g. a lock file's.
  package static func find(of address: SocketAddress, fileName: String) -> PortOwner? {
    let inodes = listeningInodes(address)
    guard !inodes.isEmpty, let processes = try? File.entries(ofDirectory: "/proc") else { return nil }
    for process in processes {
      guard let id = Int(process), let files = try? File.entries(ofDirectory: "/proc/\(id)/fd") else { continue }
      let targets = files.compactMap { try? File.target(ofLink: "/proc/\(id)/fd/\($0)") }
      guard targets.contains(where: { inodes.contains($0) }) else { continue }
      let name = (try? File.read("/proc/\(id)/comm", sizeMax: 256)).map { String(decoding: $0, as: UTF8.self) } ?? ""
      return PortOwner(
        processID: id, name: String(name.prefix { $0 != "\n" }),
        openFiles: targets.filter { $0.hasSuffix("/" + fileName) })
    }
    return nil
  }

  /// The sockets that listen on the address's port, at this address or at all of them, as links in /proc name them.
  private static func listeningInodes(_ address: SocketAddress) -> Set<String> {
    let every = SocketAddress(family: address.family, bytes: address.bytes.map { _ in 0 }, port: address.port)
    // A socket at every IPv6 address may take IPv4 as well.
    let everyIPv6 = SocketAddress(family: .ipv6, bytes: [UInt8](repeating: 0, count: 16), port: address.port)
    let isEvery = address == every
    var inodes: Set<String> = []
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
      guard let bytes = try? File.read(table, sizeMax: 256 << 20) else { continue }
      // sl, local address, remote address, state, queues, timer, retransmits, uid, timeout, inode (proc(5)).
      for line in bytes.split(separator: UInt8(ascii: "\n")).dropFirst() {
        let fields = line.split(separator: UInt8(ascii: " ")).prefix(10).map { String(decoding: $0, as: UTF8.self) }
        // State 0A is LISTEN.
        guard fields.count == 10, fields[3] == "0A" else { continue }
        let isSamePort = isEvery && fields[1].suffix(5) == hexadecimal(address).suffix(5)
        if isSamePort || [address, every, everyIPv6].contains(where: { hexadecimal($0) == fields[1] }) {
          inodes.insert("socket:[\(fields[9])]")
        }
      }
    }
    return inodes
  }

  /// An address as /proc/net/tcp writes it: words of 32 bits in the machine's order, then the port.
  private static func hexadecimal(_ address: SocketAddress) -> String {
    var text = ""
    for word in stride(from: 0, to: address.bytes.count, by: 4) {
      for byte in address.bytes[word..<word + 4].reversed() { text += Hex.encode([byte]) }
    }
    return (text + ":" + Hex.encode([UInt8(address.port >> 8), UInt8(address.port & 0xff)])).uppercased()
  }
}
