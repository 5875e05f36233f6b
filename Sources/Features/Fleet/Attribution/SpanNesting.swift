import Base

/// Which of the spans on a resource is within which.
struct SpanNesting {
  /// How many spans lie between a span and the one around it on the same resource, at most.
  private static let stepsMax = 1_000

  /// Per span, the index of the innermost span around it on the same resource; nil for none.
  let around: [Int?]
  /// All indices, each behind those of the spans around it.
  let outerFirst: [Int]

  /// - Parameter links: The parents of spans that are not on the resource.
  init(_ spans: [SpanInterval], links: [SpanIdentity: SpanID]) {
    var indices: [SpanIdentity: Int] = [:]
    indices.reserveCapacity(spans.count)
    for (index, span) in spans.enumerated() { indices[span.identity] = index }
    var around = spans.map { span in
      var parent = span.parentID
      for _ in 0..<Self.stepsMax {
        guard let id = parent, id != span.spanID else { return nil as Int? }
        let identity = SpanIdentity(traceID: span.traceID, spanID: id)
        if let index = indices[identity] { return index }
        parent = links[identity]
      }
      return nil
    }
    Self.breakCycles(&around, spans)
    outerFirst = Self.order(around)
    self.around = around
  }

  private enum Mark { case new, open, done }

  /// Takes spans that are around themselves out of each other: of each such circle the one that starts first is within none.
  private static func breakCycles(_ around: inout [Int?], _ spans: [SpanInterval]) {
    var marks = [Mark](repeating: .new, count: around.count)
    for start in around.indices where marks[start] == .new {
      let (path, end) = path(from: start, around, &marks)
      if let end, marks[end] == .open, let first = path.firstIndex(of: end) {
        let outermost = path[first...].min {
          (spans[$0].start, spans[$0].spanID.rawValue) < (spans[$1].start, spans[$1].spanID.rawValue)
        }
        if let outermost { around[outermost] = nil }
      }
      for index in path { marks[index] = .done }
    }
  }

  /// Each span behind the one around it.
  private static func order(_ around: [Int?]) -> [Int] {
    var marks = [Mark](repeating: .new, count: around.count)
    var order: [Int] = []
    order.reserveCapacity(around.count)
    for start in around.indices where marks[start] == .new {
      let (path, _) = path(from: start, around, &marks)
      order += path.reversed()
    }
    return order
  }

  /// Spans outwards as far as they are new, which are then open, and the one that is not.
  private static func path(from start: Int, _ around: [Int?], _ marks: inout [Mark]) -> (path: [Int], end: Int?) {
    var path: [Int] = []
    var next: Int? = start
    while let index = next, marks[index] == .new {
      marks[index] = .open
      path.append(index)
      next = around[index]
    }
    return (path, next)
  }
}
