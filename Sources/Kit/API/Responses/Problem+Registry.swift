package import Identity

extension Problem {
  /// What a change of a document, a key or a tenant that failed is answered with.
  package init(change error: RegistryError) {
    switch error.kind {
    case .notFound: self.init(.notFound, error.message)
    case .conflict where error.field == .id:
      self.init(.preconditionFailed, "There is such an object already, and If-None-Match asked for none.")
    case .conflict: self.init(.conflict, error.message)
    case .revisionMismatch:
      self.init(
        .preconditionFailed,
        error.currentRevision.map {
          "It has changed since it was read: it is at revision \($0) now. Read it again, then repeat the change."
        } ?? "There is no such object any more.")
    case .limit: self.init(.limitReached, error.message)
    case .invalid:
      switch error.field {
      case .name?: self = .invalid([Mistake(.body("/name"), error.message)], code: .invalidBody)
      case .id?: self = .invalid("id", error.message)
      default: self.init(.invalidBody, error.message)
      }
    case .unavailable, .incompatible:
      self.init(
        .storeUnavailable, "The registry is not available at the moment. Try again soon.",
        fields: [("retry-after", "5")])
    }
  }
}
