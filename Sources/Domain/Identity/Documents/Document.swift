package import Base

/// A small JSON document that a feature keeps for a tenant, for example a saved view.
package struct Document: Sendable, Hashable {
  package let reference: DocumentReference
  /// What people call it; unique within its tenant and kind.
  ///
  /// Nil for a kind without names.
  package let name: String?
  /// From 1, and greater after each change.
  ///
  /// A reference and a revision never stand for two bodies, even when the document was deleted and made anew in
  /// between, so both together make a strong validator (RFC 9110, section 8.8.1).
  package let revision: Int64
  /// JSON text, as it was given.
  package let body: [UInt8]
  package let createdAt: UnixNanoseconds
  package let updatedAt: UnixNanoseconds
  /// The id of the API key that changed it last; nil for access without a key.
  package let updatedBy: String?

  package init(
    reference: DocumentReference, name: String?, revision: Int64, body: [UInt8], createdAt: UnixNanoseconds,
    updatedAt: UnixNanoseconds, updatedBy: String?
  ) {
    self.reference = reference
    self.name = name
    self.revision = revision
    self.body = body
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.updatedBy = updatedBy
  }
}

/// Where a document is.
package struct DocumentReference: Sendable, Hashable {
  package let tenant: TenantID
  /// Which feature's, for example `saved_view`: lower-case words of a to z, joined by `_`.
  package let kind: String
  /// 1 to 64 characters of A to Z, a to z, 0 to 9, `_` and `-`; case counts.
  package let id: String

  package init(tenant: TenantID, kind: String, id: String) {
    self.tenant = tenant
    self.kind = kind
    self.id = id
  }
}

/// What a change expects to find; otherwise it changes nothing.
package enum DocumentExpectation: Sendable, Hashable {
  case any
  /// No document, as `If-None-Match: *` says it.
  case absent
  /// The document at a revision, as `If-Match` says it.
  case revision(Int64)
}
