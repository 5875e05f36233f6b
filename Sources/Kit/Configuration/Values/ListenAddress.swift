/// Where a server listens.
package enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
  case off
  case on(host: String, port: UInt16)

  /// Reads `host:port`, `[ipv6]:port` or `off`; anything else is nil.
  package init?(_ text: String) {
    if text == "off" {
      self = .off
      return
    }
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = String(host.dropFirst().dropLast())
    } else if host.contains(":") {
      return nil
    }
    guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x2f }) else { return nil }
    self = .on(host: host, port: port)
  }

  /// Whether only this machine can reach it.
  package var isLoopback: Bool {
    guard case .on(let host, _) = self else { return true }
    if host == "localhost" || host == "::1" { return true }
    // 127.0.0.0/8 (RFC 6890, section 2.2.2)
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  package var description: String {
    switch self {
    case .off: "off"
    case .on(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
  }
}
