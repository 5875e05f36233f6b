/// Which spans run, for questions about those around and within a span.
///
/// The spans within a span are those directly behind it in an order. A tree over that order has of each stretch the furthest end
/// of what is within the spans that run there, so that a question, a start and an end take O(log n) however deep spans are.
struct RunningSpans: Sendable {
  /// The place of each span.
  private let places: [Int]
  /// The span at each place.
  private let spans: [Int]
  /// Per place: the first place behind it whose span is not within its span.
  private let ends: [Int]
  private let leafCount: Int
  /// The root is 1, the children of a node are at twice its place, and one further; 0 where no span runs.
  private var tree: [Int]

  /// No span runs.
  init(_ nesting: SpanNesting) {
    let count = nesting.around.count
    // How many spans are within each, and itself.
    var sizes = [Int](repeating: 1, count: count)
    for span in nesting.outerFirst.reversed() {
      if let outer = nesting.around[span] { sizes[outer] += sizes[span] }
    }
    var places = [Int](repeating: 0, count: count)
    var spans = places
    var ends = places
    // The first free place within each.
    var next = places
    var nextOuter = 0
    for span in nesting.outerFirst {
      let place: Int
      if let outer = nesting.around[span] {
        place = next[outer]
        next[outer] += sizes[span]
      } else {
        place = nextOuter
        nextOuter += sizes[span]
      }
      (places[span], spans[place], ends[place]) = (place, span, place + sizes[span])
      next[span] = place + 1
    }
    (self.places, self.spans, self.ends) = (places, spans, ends)
    // A place more than there are, so that the place behind the last one is in the tree.
    var leafCount = 1
    while leafCount <= count { leafCount *= 2 }
    self.leafCount = leafCount
    tree = Array(repeating: 0, count: 2 * leafCount)
  }

  mutating func start(_ span: Int) { set(places[span], ends[places[span]]) }

  mutating func end(_ span: Int) { set(places[span], 0) }

  private mutating func set(_ place: Int, _ end: Int) {
    var node = leafCount + place
    tree[node] = end
    while node > 1 {
      node /= 2
      tree[node] = max(tree[2 * node], tree[2 * node + 1])
    }
  }

  /// The innermost of the spans around a span that runs; nil where none does.
  func innermost(around span: Int) -> Int? {
    last(before: places[span], endingBehind: places[span]).map { spans[$0] }
  }

  /// Whether a span within a span runs, which is not the span itself.
  func isAnyRunning(within span: Int) -> Bool {
    guard let place = last(before: ends[places[span]], endingBehind: 0) else { return false }
    return place > places[span]
  }

  /// The last place before another one at which a span runs of which what is within ends behind a place.
  private func last(before place: Int, endingBehind end: Int) -> Int? {
    var node = leafCount + place
    while node > 1 {
      if node % 2 == 1, tree[node - 1] > end {
        node -= 1
        while node < leafCount { node = tree[2 * node + 1] > end ? 2 * node + 1 : 2 * node }
        return node - leafCount
      }
      node /= 2
    }
    return nil
  }
}
