import Series

/// An expression whose times, durations and selectors are resolved for one evaluation.
struct PlanNode {
  indirect enum Operation {
    case number(Double)
    case string(String)
    case selector(PlannedSelector)
    case window(PlannedWindow)
    case call(PromQLFunction, [PlanNode])
    case aggregation(PlannedAggregation)
    case binary(PlannedBinary)
    case negation(PlanNode)
    /// The matchers of `info`'s second argument.
    case matchers([LabelMatcher])
  }

  let operation: Operation
  let type: PromQLValueType
  /// Whether the value is the same at every time of evaluation.
  let isStepInvariant: Bool
  /// Where the expression begins in the query, in UTF-8 bytes.
  let offset: Int
}

/// When a selector or subquery looks: `(at ?? time of evaluation) - offset`, in milliseconds.
struct PlannedTime: Hashable {
  var at: Int64?
  var offset: Int64

  @inline(__always)
  func resolved(_ time: Int64) -> Int64 { (at ?? time) - offset }
}

/// An instant selector.
struct PlannedSelector {
  /// Its place in ``QueryPlan/fetches``.
  let fetch: Int
  let matchers: [LabelMatcher]
  let time: PlannedTime
  let isSmoothed: Bool
}

/// A range of samples of each series, which a selector or a subquery provides.
struct PlannedWindow {
  indirect enum Content {
    case selector(fetch: Int, matchers: [LabelMatcher], mode: WindowMode)
    case subquery(PlanNode, step: Int64)
  }

  let content: Content
  /// In milliseconds.
  let length: Int64
  let time: PlannedTime

  var mode: WindowMode {
    if case .selector(_, _, let mode) = content { return mode }
    return .plain
  }
}

struct PlannedAggregation {
  let aggregator: Aggregator
  let input: PlanNode
  let parameter: PlanNode?
  let grouping: Grouping
}

struct PlannedBinary {
  let operation: BinaryOperator
  let left: PlanNode
  let right: PlanNode
  let matching: VectorMatching
  let returnsBool: Bool
}

/// What is read of the source, once for all selectors that need it.
struct PlannedFetch {
  var selection: SeriesSelection
  /// How many selectors of the plan read it.
  var useCount: Int
}

/// A whole query.
struct QueryPlan {
  let root: PlanNode
  let fetches: [PlannedFetch]
}
