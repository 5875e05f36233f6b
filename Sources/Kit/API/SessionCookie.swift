import HTTPServer
import HTTPTypes

/// The cookie in which a browser keeps an API key, out of reach of scripts.
///
/// A browser sends it along whoever has it make the request, so it counts only for requests of the server's own pages.
package enum SessionCookie {
  /// Over TLS the prefix has browsers refuse it from another host and without encryption (RFC 6265bis, section 4.1.3.2).
  private static let encryptedName = "__Host-axonize_key"
  private static let plainName = "axonize_key"
  /// 30 days: the key itself may end earlier.
  private static let ageSeconds = 30 * 86_400

  /// The value of `set-cookie` that keeps a key; nil forgets it.
  package static func field(key: String?, isEncrypted: Bool) -> String {
    let name = isEncrypted ? encryptedName : plainName
    let security = isEncrypted ? "; Secure" : ""
    return "\(name)=\(key ?? ""); Path=/; Max-Age=\(key == nil ? 0 : ageSeconds); HttpOnly; SameSite=Strict\(security)"
  }

  /// The key in `cookie` fields; nil where there is none.
  package static func key(in fields: [String]) -> String? {
    for field in fields {
      for pair in field.split(separator: ";") {
        let parts = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
        if parts.count == 2, parts[0] == encryptedName || parts[0] == plainName { return String(parts[1]) }
      }
    }
    return nil
  }

  /// What a request says of the page that had it made.
  package struct Source: Sendable {
    var host: String
    var origin: String?
    var fetchSite: String?
    /// Whether it only reads.
    var isSafe: Bool

    package init(host: String, origin: String?, fetchSite: String?, isSafe: Bool) {
      self.host = host
      self.origin = origin
      self.fetchSite = fetchSite
      self.isSafe = isSafe
    }

    init(_ request: RequestView) {
      self.init(
        host: request.field("host") ?? request.authorityText, origin: request.field("origin"),
        fetchSite: request.field("sec-fetch-site"), isSafe: request.method == .get || request.method == .head)
    }

    /// Whether it is the server's own, or a person who typed the address.
    ///
    /// Browsers say the site only to servers that they trust: over TLS, or on their own machine. What changes something
    /// always has its origin.
    package var isOurs: Bool {
      if let fetchSite, fetchSite != "same-origin", fetchSite != "none" { return false }
      guard let origin else { return isSafe || fetchSite == "same-origin" }
      return origin == "http://\(host)" || origin == "https://\(host)"
    }
  }
}
