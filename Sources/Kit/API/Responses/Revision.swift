package import HTTPTypes

/// Revisions of objects that are edited, as entity tags (RFC 9110, section 8.8.3).
package enum EntityTag {
  package static func text(ofRevision revision: Int64) -> String { "\"\(revision)\"" }

  /// The revision of a strong entity tag of ours; nil for other text.
  static func revision(_ text: Substring) -> Int64? {
    guard text.count >= 3, text.hasPrefix("\""), text.hasSuffix("\"") else { return nil }
    let digits = text.dropFirst().dropLast()
    guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int64(digits)
  }
}

/// What a change expects of the object that it changes.
package enum RevisionPrecondition: Sendable, Hashable {
  case none
  /// `If-None-Match: *`: the object does not exist yet.
  case absent
  /// `If-Match: "<revision>"`: it has not changed since the client read it.
  case revision(Int64)
  /// `If-Match: *`: the object exists.
  case present

  /// Reads the fields of a request (RFC 9110, section 13.1).
  package init(_ fields: HTTPFields) throws(Problem) {
    let match = fields["if-match"]
    let noneMatch = fields["if-none-match"]
    switch (match, noneMatch) {
    case (nil, nil): self = .none
    case ("*", nil): self = .present
    case (nil, "*"): self = .absent
    case (let text?, nil):
      guard let revision = EntityTag.revision(text[...]) else {
        throw Problem(
          .invalidHeader, "If-Match: '\(text)' is not an entity tag of this server; send the ETag as it was received.")
      }
      self = .revision(revision)
    case (nil, _?): throw Problem(.invalidHeader, "If-None-Match: only '*' is taken here.")
    default: throw Problem(.invalidHeader, "If-Match and If-None-Match exclude each other.")
    }
  }
}
