package import Base
package import Engine

/// A piece of SQL whose values are parameters.
///
/// The text of a fragment is a literal of our own source: interpolating a `String` or a number makes a parameter, and
/// there is no other way to put one in. So nothing a user writes becomes SQL.
package struct SQLFragment: ExpressibleByStringInterpolation, Hashable, Sendable {
  package indirect enum Piece: Hashable, Sendable {
    case text(String)
    case value(SQLValue)
    case subquery(Select)
  }

  package fileprivate(set) var pieces: [Piece]

  package init(stringLiteral value: StaticString) { pieces = [.text(value.description)] }

  package init(stringInterpolation: StringInterpolation) { pieces = stringInterpolation.pieces }

  package struct StringInterpolation: StringInterpolationProtocol {
    var pieces: [Piece] = []

    package init(literalCapacity: Int, interpolationCount: Int) {}

    package mutating func appendLiteral(_ literal: StaticString) { pieces.append(.text(literal.description)) }

    package mutating func appendInterpolation(_ fragment: SQLFragment) { pieces += fragment.pieces }

    /// `(SELECT …)`, scoped to the tenant like the statement around it.
    package mutating func appendInterpolation(_ select: Select) { pieces.append(.subquery(select)) }

    package mutating func appendInterpolation(_ text: String) { pieces.append(.value(.string(text))) }
    /// An id as the column `trace_id` holds it.
    ///
    /// As a literal: for a hundred ids, calls of a function that makes it of hexadecimal digits take the engine 6 ms.
    package mutating func appendInterpolation(_ id: TraceID) { pieces.append(.value(.bytes(id.bytes))) }
    /// Ids as the list after IN.
    ///
    /// One value: numbering and replacing hundreds takes longer than finding their rows.
    package mutating func appendInterpolation(_ ids: [TraceID]) { pieces.append(.value(.elements(ids.map(\.bytes)))) }
    package mutating func appendInterpolation(_ number: Int64) { pieces.append(.value(.int(number))) }
    package mutating func appendInterpolation(_ number: UInt64) { pieces.append(.value(.unsigned(number))) }
    package mutating func appendInterpolation(_ number: Double) { pieces.append(.value(.double(number))) }
    package mutating func appendInterpolation(_ texts: [String]) { pieces.append(.value(.strings(texts))) }
    package mutating func appendInterpolation(_ numbers: [UInt64]) { pieces.append(.value(.unsigneds(numbers))) }
  }

  package static func + (left: SQLFragment, right: SQLFragment) -> SQLFragment {
    var joined = left
    joined.pieces += right.pieces
    return joined
  }
}

extension Sequence<SQLFragment> {
  /// The fragments with a separator between them.
  ///
  /// O(n) in all their pieces.
  package func joined(separator: SQLFragment) -> SQLFragment {
    var joined: SQLFragment = ""
    for (index, fragment) in enumerated() {
      if index == 0 { joined = fragment } else { joined.pieces += separator.pieces + fragment.pieces }
    }
    return joined
  }
}

extension SQLFragment {
  /// All of the conditions; true for none.
  package static func all(_ conditions: [SQLFragment]) -> SQLFragment {
    conditions.isEmpty ? "true" : conditions.map { "(\($0))" as SQLFragment }.joined(separator: " AND ")
  }

  /// One of the conditions at least; false for none.
  package static func any(_ conditions: [SQLFragment]) -> SQLFragment {
    conditions.isEmpty ? "false" : conditions.map { "(\($0))" as SQLFragment }.joined(separator: " OR ")
  }
}
