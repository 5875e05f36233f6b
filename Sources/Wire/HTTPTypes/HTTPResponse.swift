/// An HTTP response as handlers off the hot path make it.
package struct HTTPResponse: Sendable {
  package enum Body: Sendable {
    case bytes([UInt8])
    /// Chunks pulled one at a time; nil ends the body. The server asks for the next chunk only when the
    /// connection has room, so a slow reader holds the producer back. A thrown error aborts the message.
    case stream(@Sendable () async throws -> [UInt8]?)
  }

  package var status: Int
  package var fields: HTTPFields
  package var body: Body

  package init(status: Int = 200, fields: HTTPFields = [:], body: Body = .bytes([])) {
    self.status = status
    self.fields = fields
    self.body = body
  }

  package init(status: Int = 200, contentType: String, body: [UInt8]) {
    self.init(status: status, fields: ["content-type": contentType], body: .bytes(body))
  }
}
