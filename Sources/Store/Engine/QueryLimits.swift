/// Limits of the queries of requests.
///
/// Their defaults are those of the settings `query.timeout` and `query.memory`.
package struct QueryLimits: Hashable, Sendable {
  /// How long all statements of one request may take together.
  package var timeout: Duration
  /// The most bytes of memory that one statement may take.
  package var memoryBytesMax: Int

  package init(timeout: Duration, memoryBytesMax: Int) {
    self.timeout = timeout
    self.memoryBytesMax = memoryBytesMax
  }
}
