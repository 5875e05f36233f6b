/// How large the head of a message may be.
package struct HTTP1Limits: Sendable, Hashable {
  /// Bytes of a head with its empty line; 32 KiB, twice what common servers take, for long cookies and queries.
  package var headBytesMax: Int
  /// Fields of a head; 100, as common servers do.
  package var fieldCountMax: Int
  /// Bytes of a request target; 16 KiB, so a query of the REST API fits.
  package var targetBytesMax: Int

  package init(headBytesMax: Int = 32 << 10, fieldCountMax: Int = 100, targetBytesMax: Int = 16 << 10) {
    self.headBytesMax = headBytesMax
    self.fieldCountMax = fieldCountMax
    self.targetBytesMax = targetBytesMax
  }
}
