/// A point of wall-clock time: nanoseconds since 1970-01-01T00:00:00Z.
package struct UnixNanoseconds: Hashable, Comparable, Sendable {
  package let rawValue: Int64

  package init(_ rawValue: Int64) { self.rawValue = rawValue }

  package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
