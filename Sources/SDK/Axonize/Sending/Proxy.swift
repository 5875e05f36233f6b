internal import CAxonizeCore
internal import Glibc

/// A proxy of HTTP: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`.
///
/// The rules are those of the Python SDK (docs/sdk/python.md): curl's, and one of Go's, that what runs on this machine is
/// never reached through a proxy.
struct Proxy: Sendable, Hashable, CustomStringConvertible {
  var host: String
  var port: Int
  /// The value of Proxy-Authorization, which is a secret; nil without one.
  var authorization: String?

  /// Host and port, without secrets.
  var description: String { Endpoint.authority(host, port) }

  /// What the proxy alone is told, "Name: value\r\n" for each.
  var headerLines: String { authorization.map { "Proxy-Authorization: \($0)\r\n" } ?? "" }

  init(host: String, port: Int, authorization: String? = nil) {
    self.host = host
    self.port = port
    self.authorization = authorization
  }

  /// Reads a URL, with or without "http://"; nil for what is none.
  init?(_ text: String) {
    var rest = text.trimmed[...]
    if let place = rest.firstRange(of: "://") {
      guard rest[..<place.lowerBound].lowercased() == "http" else { return nil }
      rest = rest[place.upperBound...]
    }
    rest = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    if let at = rest.lastIndex(of: "@") {
      let user = rest[..<at]
      let name = user.prefix { $0 != ":" }
      let password = user[name.endIndex...].dropFirst()
      let pair = "\(PercentText.decode(name)):\(PercentText.decode(password))"
      authorization = "Basic \(Self.base64(Array(pair.utf8)))"
      rest = rest[rest.index(after: at)...]
    }
    guard let (host, port) = Endpoint.hostAndPort(rest), (1...65535).contains(port ?? 80) else { return nil }
    self.host = host
    self.port = port ?? 80
  }

  /// The proxy for a receiver; nil where there is none.
  ///
  /// gRPC makes a tunnel, as TLS does, and has the names of grpc's own: `grpc_proxy` first, then that of https.
  static func of(
    _ endpoint: Endpoint, _ exportProtocol: Axonize.ExportProtocol, _ environment: Environment
  ) -> Proxy? {
    if isLoopback(endpoint.host) { return nil }
    var names = [endpoint.isTLS ? "https_proxy" : "http_proxy", "all_proxy"]
    var exceptions = ["no_proxy"]
    if exportProtocol == .grpc {
      names = ["grpc_proxy", "https_proxy", "http_proxy", "all_proxy"]
      exceptions = ["no_grpc_proxy", "no_proxy"]
    }
    guard let (name, text) = first(names, environment) else { return nil }
    if let (_, list) = first(exceptions, environment), isExcepted(endpoint.host, endpoint.port, list) { return nil }
    if let proxy = Proxy(text) { return proxy }
    environment.warnings.once(name, "\(name): it is not a URL such as http://host:port, and no proxy is used")
    return nil
  }

  private static func first(_ names: [String], _ environment: Environment) -> (name: String, text: String)? {
    for lower in names {
      for name in [lower, lower.uppercased()] {
        // In a CGI program this is a header of the request (https://httpoxy.org).
        if name == "HTTP_PROXY", environment.text("REQUEST_METHOD") != nil { continue }
        if let text = environment.text(name) { return (name, text) }
      }
    }
    return nil
  }

  // MARK: Hosts

  /// Whether a host is this machine by its name or address.
  static func isLoopback(_ host: String) -> Bool {
    var name = host.lowercased()
    while name.last == "." { name.removeLast() }
    if name == "localhost" || name.hasSuffix(".localhost") { return true }
    guard let address = address(name) else { return false }
    // An address of IPv4 may be written as one of IPv6.
    let isMapped =
      address.count == 16 && address[..<10].allSatisfy { $0 == 0 } && address[10] == 255 && address[11] == 255
    if isMapped { return address[12] == 127 }
    return address.count == 4 ? address[0] == 127 : address == [UInt8](repeating: 0, count: 15) + [1]
  }

  /// Whether `NO_PROXY` names a host: its name, a domain above it, its address or a network; a port counts too.
  static func isExcepted(_ host: String, _ port: Int, _ exceptions: String) -> Bool {
    var name = host.lowercased()
    while name.last == "." { name.removeLast() }
    let address = address(name)
    for item in exceptions.lowercased().split(whereSeparator: { $0 == "," || $0 == " " || $0 == "\t" }) {
      if item == "*" { return true }
      var (pattern, wanted) = splitPort(item)
      if let wanted, wanted != port { continue }
      if let address {
        if isIn(address, pattern) { return true }
        continue
      }
      if pattern.first == "*" { pattern.removeFirst() }
      while pattern.first == "." { pattern.removeFirst() }
      while pattern.last == "." { pattern.removeLast() }
      if !pattern.isEmpty, name == pattern || name.hasSuffix(".\(pattern)") { return true }
    }
    return false
  }

  private static func splitPort(_ item: Substring) -> (host: Substring, port: Int?) {
    guard let colon = item.lastIndex(of: ":"), let port = Int(item[item.index(after: colon)...]) else {
      return (unbracketed(item), nil)
    }
    let host = item[..<colon]
    // An address of IPv6 has colons of its own; with a port it stands in brackets.
    if host.contains(":"), host.last != "]" { return (item, nil) }
    return (unbracketed(host), port)
  }

  private static func unbracketed(_ text: Substring) -> Substring {
    text.first == "[" && text.last == "]" ? text.dropFirst().dropLast() : text
  }

  /// The bytes of an address of IPv4 or IPv6; nil for a name.
  private static func address(_ text: String) -> [UInt8]? {
    for (family, size) in [(AF_INET, 4), (AF_INET6, 16)] {
      var bytes = [UInt8](repeating: 0, count: size)
      // SAFETY: inet_pton(3) writes the size of an address of the family.
      if unsafe bytes.withUnsafeMutableBytes({ unsafe inet_pton(family, text, $0.baseAddress) }) == 1 { return bytes }
    }
    return nil
  }

  private static func isIn(_ address: [UInt8], _ pattern: Substring) -> Bool {
    let parts = pattern.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let network = Self.address(String(unbracketed(parts[0]))), network.count == address.count else {
      return false
    }
    if parts.count == 1 { return network == address }
    guard let bits = Int(parts[1]), (0...8 * address.count).contains(bits) else { return false }
    for index in 0..<bits where (network[index / 8] ^ address[index / 8]) >> UInt8(7 - index % 8) & 1 != 0 {
      return false
    }
    return true
  }

  /// RFC 4648, 4.
  private static func base64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let number = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
      for place in 0..<4 {
        text.append(place > group.count ? UInt8(ascii: "=") : alphabet[Int(number >> UInt32(18 - 6 * place) & 63)])
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
