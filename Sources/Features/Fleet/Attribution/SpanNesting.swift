import Base

/// Which of the spans on a resource is within which.
struct SpanNesting {
  /// Per span, the index of the innermost span around it on the same resource; nil for none.
  let around: [Int?]
  /// All indices, each behind those of the spans around it.
  let outerFirst: [Int]

  /// - Parameter links: The parents of spans that are not on the resource.
  init(_ spans: [SpanInterval], links: [SpanIdentity: SpanID]) {
    var found = FoundSpans(spans, links)
    var around = spans.indices.map { index in
      let outer = spans[index].parentIdentity.flatMap { found.innermost(from: $0) }
      return outer == index ? nil : outer
    }
    Self.breakCycles(&around, spans)
    outerFirst = Self.order(around)
    self.around = around
  }

  /// Spans on a resource, looked for from others outwards: each link is followed once.
  private struct FoundSpans {
    private let links: [SpanIdentity: SpanID]
    /// Of spans on the resource, their own index; of others that were looked at, that of the innermost around them.
    private var indices: [SpanIdentity: Int?] = [:]

    init(_ spans: [SpanInterval], _ links: [SpanIdentity: SpanID]) {
      self.links = links
      indices.reserveCapacity(spans.count)
      for (index, span) in spans.enumerated() { indices[span.identity] = .some(index) }
    }

    /// A span on the resource, or the innermost around it that is; nil for none.
    mutating func innermost(from identity: SpanIdentity) -> Int? {
      var path: [SpanIdentity] = []
      var next: SpanIdentity? = identity
      var found: Int?
      while let current = next {
        if let known = indices[current] {
          found = known
          break
        }
        // What comes back here is a circle, around which there is nothing.
        indices[current] = .some(nil)
        path.append(current)
        next = links[current].map {
          SpanIdentity(tenant: current.tenant, traceID: current.traceID, spanID: $0)
        }
      }
      if let found { for step in path { indices[step] = .some(found) } }
      return found
    }
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
