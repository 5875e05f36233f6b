/// One thing that must work for a server to be ready.
package struct HealthCheck: Sendable {
  /// What is wrong.
  package struct Problem: Sendable {
    /// For everybody.
    package let summary: String
    /// For those who may query.
    package let details: String?
    /// Whether the server is ready all the same.
    package let isReady: Bool

    package init(summary: String, details: String?, isReady: Bool = false) {
      self.summary = summary
      self.details = details
      self.isReady = isReady
    }
  }

  /// Unique among the checks of a server, for example `store`.
  package let name: String
  /// Runs on a thread of its own, at most once a second; nil when all is well.
  ///
  /// MUST end within seconds.
  package let run: @Sendable () -> Problem?

  package init(_ name: String, run: @escaping @Sendable () -> Problem?) {
    self.name = name
    self.run = run
  }

  /// A check that throws what is wrong.
  package init(_ name: String, summary: String, throwing body: @escaping @Sendable () throws -> Void) {
    self.init(name) {
      do {
        try body()
        return nil
      } catch {
        return Problem(summary: summary, details: "\(error)")
      }
    }
  }
}
