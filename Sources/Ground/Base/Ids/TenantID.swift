/// The tenant that owns a row.
///
/// Every stored row has one and every query is scoped by one.
package struct TenantID: Hashable, Sendable, CustomStringConvertible {
  package let rawValue: UInt32

  package init(_ rawValue: UInt32) { self.rawValue = rawValue }

  /// The tenant of a server without keys.
  package static let `default` = TenantID(1)

  package var description: String { String(rawValue) }
}
