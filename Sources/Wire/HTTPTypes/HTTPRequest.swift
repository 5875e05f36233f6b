/// A whole HTTP request as handlers off the hot path see it.
package struct HTTPRequest: Sendable {
  package var method: HTTPMethod
  /// The path of the target, still percent-encoded, without the query.
  package var path: String
  /// The query of the target, still percent-encoded, without `?`; empty when there is none.
  package var query: String
  package var fields: HTTPFields
  /// The body after content decoding.
  package var body: [UInt8]
  /// The address of the peer, for example `127.0.0.1:5123`.
  package var peer: String

  package init(
    method: HTTPMethod, path: String, query: String = "", fields: HTTPFields = [:], body: [UInt8] = [],
    peer: String = ""
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.fields = fields
    self.body = body
    self.peer = peer
  }

  /// The address of the peer without its port.
  package var peerHost: String { String(peer[..<(peer.lastIndex(of: ":") ?? peer.endIndex)]) }
}
