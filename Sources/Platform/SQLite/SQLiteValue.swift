/// A value to bind to a statement.
package enum SQLiteValue: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)
  case blob([UInt8])

  package init(stringLiteral value: String) { self = .text(value) }
  package init(integerLiteral value: Int64) { self = .integer(value) }
  package init(_ value: String?) { self = value.map(Self.text) ?? .null }
  package init(_ value: Int64?) { self = value.map(Self.integer) ?? .null }
}
