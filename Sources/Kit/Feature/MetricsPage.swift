/// A page of Prometheus' text format beside `/metrics`, for those who may see that.
package struct MetricsPage: Sendable {
  /// The whole path, such as `/metrics/host`.
  package let path: StaticString
  /// Writes the page, version 0.0.4 of the format; quick, and callable from any thread.
  package let write: @Sendable () -> [UInt8]

  package init(path: StaticString, write: @escaping @Sendable () -> [UInt8]) {
    self.path = path
    self.write = write
  }
}
