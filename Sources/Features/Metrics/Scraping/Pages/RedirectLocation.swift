import HTTPClient

/// Where a redirect leads.
enum RedirectLocation {
  /// Redirects that are followed in one scrape, as Go's client does.
  static let countMax = 10

  /// Resolves the field `location` (RFC 9110, section 10.2.2); nil where it is no URL that can be followed.
  static func resolve(_ location: String, from url: HTTPURL) -> HTTPURL? {
    let reference = location.prefix { $0 != "#" }
    if reference.firstRange(of: "://") != nil { return HTTPURL(String(reference)) }
    if reference.hasPrefix("//") { return HTTPURL("\(url.origin.isSecure ? "https" : "http"):\(reference)") }
    if reference.hasPrefix("/") { return HTTPURL("\(url.origin)\(reference)") }
    let path = url.target.prefix { $0 != "?" }
    if reference.isEmpty || reference.hasPrefix("?") { return HTTPURL("\(url.origin)\(path)\(reference)") }
    guard let slash = path.lastIndex(of: "/") else { return nil }
    return HTTPURL("\(url.origin)\(path[...slash])\(reference)")
  }

  /// Whether a redirect may be given the credentials of the target: the same host, and not in the clear if that was
  /// not.
  static func mayHaveCredentials(_ url: HTTPURL, of target: HTTPURL) -> Bool {
    url.origin.host == target.origin.host && url.origin.port == target.origin.port
      && (url.origin.isSecure || !target.origin.isSecure)
  }
}
