/// A range of time: from its start, up to but not including its end.
package struct TimeRange: Sendable, Hashable {
  package var start: UnixNanoseconds
  package var end: UnixNanoseconds

  /// The end MUST NOT be before the start.
  package init(start: UnixNanoseconds, end: UnixNanoseconds) {
    precondition(start <= end, "the range ends before it starts")
    self.start = start
    self.end = end
  }

  package var durationNanoseconds: Int64 { end.rawValue &- start.rawValue }
}
