import API
import Configuration
import HTTPServer
import System

/// Which requests a server takes that asks for no key: those that were meant for it.
///
/// Without keys the server trusts whoever reaches it from its own machine, and two kinds of strangers do: web pages in a
/// browser there, directly or by a name that was made to lead to this machine (DNS rebinding), and the clients of a
/// proxy. Browsers and proxies are distinguished by header fields that no page can change.
struct OriginPolicy: Sendable {
  /// Why a request is not taken.
  enum Refusal: Sendable, Hashable, CaseIterable {
    /// It was sent to a name that is not known to be this machine's.
    case foreignHost
    /// Another site's page had it sent.
    case crossSite
    /// A proxy passed it on for another machine.
    case forwarded
  }

  /// What a request says of where it comes from.
  struct Source: Sendable {
    var authority = ""
    var host: String?
    var origin: String?
    var fetchSite: String?
    /// The values of `x-forwarded-for` and `x-real-ip`.
    var forwardedFor: [String] = []
    /// The values of `forwarded`.
    var forwarded: [String] = []
    /// Whether it is for a page that shows nothing of the data.
    var isPage = false
  }

  private let names: Set<String>
  private let takesEveryName: Bool
  private let isPublic: Bool

  /// - Parameters:
  ///   - names: further names of this machine; `*` takes every name.
  ///   - hostName: what the machine calls itself.
  ///   - isPublic: whether other machines may use the server without a key.
  init(names: [String], hostName: String?, isPublic: Bool) {
    var names = Set(names.map { $0.lowercased() })
    takesEveryName = names.remove("*") != nil
    names.insert("localhost")
    if isPublic, let hostName { names.insert(hostName.lowercased()) }
    self.names = names
    self.isPublic = isPublic
  }

  /// The policy of a configuration; nil when every request needs a key.
  init?(_ configuration: Configuration) {
    if configuration[Settings.requireKeys] { return nil }
    self.init(
      names: configuration[Settings.allowedHosts], hostName: SocketAddress.hostName,
      isPublic: configuration[Settings.allowPublic])
  }

  /// - Parameter isPage: whether it is for a page that shows nothing of the data.
  func refusal(_ request: RequestView, isPage: () -> Bool) -> Refusal? {
    let site = request.field("sec-fetch-site")
    return refusal(
      Source(
        authority: request.authorityText, host: request.field("host"), origin: request.field("origin"),
        fetchSite: site, forwardedFor: request.values("x-forwarded-for") + request.values("x-real-ip"),
        forwarded: request.values("forwarded"),
        isPage: site != nil && (request.isPath("/") || (request.field("sec-fetch-mode") == "navigate" && isPage()))))
  }

  func refusal(_ source: Source) -> Refusal? {
    // Only clients of HTTP/1.0 may leave the name out, and no browser does.
    if !source.authority.isEmpty, !isOurs(authority: source.authority) { return .foreignHost }
    if let host = source.host, !host.isEmpty, !isOurs(authority: host) { return .foreignHost }
    if let origin = source.origin, !isOurs(origin: origin) { return .crossSite }
    // A link from anywhere may lead to a page, which shows nothing of the data until it asks for it itself.
    if let site = source.fetchSite, site != "same-origin", site != "none", !source.isPage { return .crossSite }
    if !isPublic, !areOurs(source) { return .forwarded }
    return nil
  }

  private func isOurs(authority: String) -> Bool {
    guard let name = Self.name(ofAuthority: authority) else { return false }
    if takesEveryName || names.contains(name) { return true }
    // A page's name can be made to lead anywhere, but an address leads only to itself.
    if let address = SocketAddress(host: name, port: 0) { return isPublic || address.isLoopback }
    // No name of the Internet is without a dot.
    return isPublic && !name.contains(".")
  }

  private func isOurs(origin: String) -> Bool {
    // `null` is any page that a browser put into a box of its own.
    for scheme in ["http://", "https://"] where origin.hasPrefix(scheme) {
      return isOurs(authority: String(origin.dropFirst(scheme.count)))
    }
    return false
  }

  private func areOurs(_ source: Source) -> Bool {
    let addresses = source.forwardedFor.flatMap { $0.split(separator: ",") } + source.forwarded.flatMap(Self.nodes)
    return addresses.allSatisfy { text in
      let text = String(text.trimming(" \t\""))
      guard let name = Self.name(ofAuthority: text) ?? (text.contains("::") ? text : nil) else { return false }
      return SocketAddress(host: name, port: 0)?.isLoopback ?? false
    }
  }

  /// The `for` nodes of a `forwarded` field; one of an element without any counts as an unknown one (RFC 7239).
  private static func nodes(_ field: String) -> [Substring] {
    field.split(separator: ",").flatMap { element -> [Substring] in
      let nodes = element.split(separator: ";").compactMap { pair -> Substring? in
        let parts = pair.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, parts[0].trimming(" \t").lowercased() == "for" else { return nil }
        return parts[1]
      }
      return nodes.isEmpty ? ["unknown"] : nodes
    }
  }

  /// The name or address of an authority in lower case, without port, brackets and final dot; nil when it is malformed.
  static func name(ofAuthority authority: String) -> String? {
    var name: Substring
    var rest: Substring
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { return nil }
      name = authority[authority.index(after: authority.startIndex)..<end]
      rest = authority[authority.index(after: end)...]
    } else {
      name = authority.prefix { $0 != ":" }
      rest = authority[name.endIndex...]
    }
    if rest.hasPrefix(":") { rest = rest.dropFirst() } else if !rest.isEmpty { return nil }
    guard rest.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    if name.hasSuffix(".") { name = name.dropLast() }
    return name.isEmpty ? nil : name.lowercased()
  }
}

extension Substring {
  /// Without some characters at both ends.
  fileprivate func trimming(_ characters: String) -> Substring {
    var text = self
    while let first = text.first, characters.contains(first) { text = text.dropFirst() }
    while let last = text.last, characters.contains(last) { text = text.dropLast() }
    return text
  }
}

extension OriginPolicy.Refusal {
  /// A stable code for programs.
  var code: ProblemCode {
    switch self {
    case .foreignHost: ProblemCode("host_not_allowed", 421)
    case .crossSite: ProblemCode("cross_site_request", 403)
    case .forwarded: ProblemCode("forwarded_request", 403)
    }
  }

  /// What happened and what to do, for people.
  var message: String {
    switch self {
    case .foreignHost:
      "Without API keys, this server takes requests only for names that are known to be this machine's, because any web "
        + "site can make its own name lead here. Use 127.0.0.1 or localhost, add the name to allowed_hosts "
        + "(--allowed-hosts), or set require_keys."
    case .crossSite:
      "Without API keys, this server takes no requests from pages of other sites. Open its address in the browser "
        + "directly, or set require_keys and send a key."
    case .forwarded:
      "Without API keys, this server takes requests from this machine only, and a proxy says that this one is from "
        + "another. Set require_keys and send a key, or set allow_public if everybody whom the proxy lets in may read "
        + "and write everything."
    }
  }
}
