/// What a registry says when a call fails.
package struct RegistryError: Error, Sendable, CustomStringConvertible {
  package enum Kind: String, Sendable {
    case notFound = "not_found"
    /// It exists already.
    case conflict
    /// It is not at the revision that the caller expects.
    case revisionMismatch = "revision_mismatch"
    case limit
    /// A value breaks a rule of the registry.
    case invalid
    /// It cannot be read or written at present; the same call may succeed later.
    case unavailable
    /// It was written by a later version of Axonize, or is not a registry.
    case incompatible
  }

  /// What a rule or a conflict is about.
  package enum Field: String, Sendable {
    case kind, id, name, body
  }

  package let kind: Kind
  /// What went wrong and what to do; safe to log.
  package let message: String
  /// The field that breaks a rule or is taken; nil where it is not a document's.
  package let field: Field?
  /// The revision that the document has, for `revisionMismatch` and `conflict`; nil when there is none.
  package let currentRevision: Int64?
  /// How many there may be at most, for `limit` of documents.
  package let countMax: Int?

  package init(
    kind: Kind, message: String, field: Field? = nil, currentRevision: Int64? = nil, countMax: Int? = nil
  ) {
    self.countMax = countMax
    self.kind = kind
    self.message = message
    self.field = field
    self.currentRevision = currentRevision
  }

  package var description: String { message }
}
