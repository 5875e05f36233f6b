/// The URL of a server: scheme, host, port and perhaps a path that goes before every request's.
package struct ServerURL: Sendable, Hashable, CustomStringConvertible {
  package let isSecure: Bool
  package let host: String
  package let port: UInt16
  /// Without a trailing slash; empty when there is none.
  package let path: String

  /// Reads `http://host:port/path`, or `host:port` for plain HTTP; anything else is nil.
  package init?(_ text: String) {
    var rest = text[...]
    if rest.hasPrefix("https://") {
      isSecure = true
      rest = rest.dropFirst(8)
    } else {
      isSecure = false
      if rest.hasPrefix("http://") { rest = rest.dropFirst(7) }
    }
    let authority = rest.prefix { $0 != "/" }
    var path = rest[authority.endIndex...]
    while path.hasSuffix("/") { path = path.dropLast() }
    self.path = String(path)
    var host = authority
    if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
      guard let port = UInt16(authority[authority.index(after: colon)...]) else { return nil }
      self.port = port
      host = authority[..<colon]
    } else {
      port = isSecure ? 443 : 80
    }
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      return nil
    }
    let isClean = (String(host) + path).utf8.allSatisfy {
      $0 > 0x20 && $0 < 0x7f && $0 != 0x40 && $0 != 0x3f && $0 != 0x23
    }
    guard !host.isEmpty, isClean else { return nil }
    self.host = String(host)
  }

  /// The value of the host field.
  package var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  package var description: String { "\(isSecure ? "https" : "http")://\(authority)\(path)" }
}
