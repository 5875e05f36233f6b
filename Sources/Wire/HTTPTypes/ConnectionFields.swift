/// Fields that belong to one connection, so that nobody but the transport writes them (RFC 9110, section 7.6.1; RFC 9113,
/// section 8.2.2).
package enum ConnectionFields {
  /// - Parameter name: in lower case.
  package static func contains(_ name: String) -> Bool {
    switch name {
    case "content-length", "transfer-encoding", "connection", "keep-alive", "proxy-connection", "upgrade": true
    default: false
    }
  }
}
