package import Identity

extension Problem {
  /// The response where the registry refuses a change, or cannot be read.
  package init(_ error: RegistryError) {
    switch error.kind {
    case .notFound: self.init(.notFound, error.message)
    case .conflict where error.field == .id:
      self.init(.preconditionFailed, "The object already exists, and If-None-Match requires that it does not.")
    case .conflict: self.init(.conflict, error.message)
    case .revisionMismatch:
      self.init(
        .preconditionFailed,
        error.currentRevision.map {
          "It has changed since it was read: it is at revision \($0) now. Read it again, then repeat the change."
        } ?? "The object no longer exists.")
    case .limit: self.init(.limitReached, error.message)
    case .invalid:
      switch error.field {
      case .name?: self = .invalid([Mistake(.body("/name"), error.message)], code: .invalidBody)
      case .id?: self = .invalid("id", error.message)
      default: self.init(.invalidBody, error.message)
      }
    case .unavailable:
      self.init(
        .registryUnavailable,
        "The registry, which keeps tenants, keys and what is edited, cannot be read or written at the moment. Try again "
          + "soon. If it goes on, `axonize doctor` and the server's log say why.",
        fields: [("retry-after", "5")])
    case .incompatible:
      self.init(
        .registryUnavailable,
        "The registry was written by a later version of Axonize, or is damaged. Start the version that wrote it; the "
          + "server's log names the file.")
    }
  }
}
