extension Span {
  /// Adds an event "exception" with the error's type and text.
  ///
  /// Does not change the status.
  ///
  /// - Parameters:
  ///   - error: What was thrown.
  ///   - attributes: More of it; they win over what is known of the error.
  ///   - time: When; nil: now.
  public final func recordError(_ error: any Error, attributes: Attributes = [:], at time: Timestamp? = nil) {
    guard isSampled else { return }
    addEvent("exception", attributes: Self.attributes(of: error, escaped: false).merging(attributes), at: time)
  }

  private static func attributes(of error: any Error, escaped: Bool) -> Attributes {
    [
      "exception.type": typeName(of: error), "exception.message": "\(error)", "exception.escaped": escaped,
    ]
  }

  /// "Module.Type".
  static func typeName(of error: any Error) -> String { String(reflecting: type(of: error)) }

  /// Records an error that leaves the span's work: the event, "error.type" and, unless one was set, the status.
  ///
  /// A task that was cancelled did not fail: `CancellationError` is not recorded.
  @usableFromInline
  final func recordLeaving(_ error: any Error) {
    guard !(error is CancellationError) else { return }
    noteError(Self.typeName(of: error))
    guard isSampled else { return }
    let attributes = Self.attributes(of: error, escaped: true)
    let name = Self.typeName(of: error)
    let description = "\(type(of: error)): \(error)"
    change { record in
      record.addEvent("exception", attributes, at: nil)
      if !record.has("error.type") { record.set("error.type", name) }
      if !record.hasStatus { record.setStatus(.error(description)) }
    }
  }

  private func noteError(_ type: String) { (self as? LLMSpan)?.setErrorType(type) }
}
