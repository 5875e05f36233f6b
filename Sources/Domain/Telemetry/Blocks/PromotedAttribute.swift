/// A span attribute that is stored in a typed column only, not in the map of attributes too.
///
/// The normaliser copies well-known attributes into typed columns. Where such an attribute is spelled exactly like the
/// key below, is the first of that key in its span, has the type below, is neither empty text nor a number below 0 or
/// above `SpanSemantics.tokenCountMax`, and the typed column holds its very value, then the map leaves it out and the row's
/// bit in the column `promoted` says so. Readers put it back, so a client gets every attribute as it was sent. On the
/// workload of docs/adr/0002 this takes a third of the bytes and of the CPU time off a stored span.
///
/// The attribute is declared with its column; see `SpanColumn`.
package struct PromotedAttribute: Sendable {
  /// The number of its bit in the column `promoted`.
  package let bit: UInt8
  package let key: String
  /// The column of `spans` that holds the value.
  package let column: StaticString
  /// Whether the value is an integer; text otherwise.
  package let isInteger: Bool

  /// Its bit in the column `promoted`.
  package var mask: UInt32 { 1 << UInt32(bit) }

  /// All of them, in the order of their bits.
  package static let all: [PromotedAttribute] = SpanColumn.normalised.compactMap { $0.inference?.promoted }
    .sorted { $0.bit < $1.bit }

  init(bit: UInt8, key: String, column: StaticString, isInteger: Bool) {
    self.bit = bit
    self.key = key
    self.column = column
    self.isInteger = isInteger
  }

  /// The promoted attribute of a key, if it is one.
  package init?(key: String) {
    guard let match = Self.all.first(where: { $0.key == key }) else { return nil }
    self = match
  }
}
