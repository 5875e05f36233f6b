/// The response that a retry gets again.
package struct StoredResponse: Sendable, Hashable {
  package struct Field: Sendable, Hashable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package let status: Int
  /// Those that say something of this response, for example `content-type`, `etag`, `location`.
  package let fields: [Field]
  /// Nil when it was too long to be kept.
  package let body: [UInt8]?

  package init(status: Int, fields: [Field], body: [UInt8]?) {
    self.status = status
    self.fields = fields
    self.body = body
  }
}
