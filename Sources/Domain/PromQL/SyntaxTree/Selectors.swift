package import Series

/// `name{label="value"}`: the series that fulfil all matchers.
package struct VectorSelector: Hashable, Sendable {
  /// The metric's name as it was written before the braces; empty for none.
  package var name: String
  /// All conditions; that on the name is among them, also where ``name`` is set.
  package var matchers: [LabelMatcher]
  package var modifiers: TimeModifiers
  package var windowMode: WindowMode
  /// Whether matchers that every series fulfils are enough: the second argument of `info`.
  package var mayMatchEmpty: Bool
  package var range: Range<Int>

  package init(
    name: String = "", matchers: [LabelMatcher], modifiers: TimeModifiers = TimeModifiers(),
    windowMode: WindowMode = .plain, mayMatchEmpty: Bool = false, range: Range<Int>
  ) {
    self.name = name
    self.matchers = matchers
    self.modifiers = modifiers
    self.windowMode = windowMode
    self.mayMatchEmpty = mayMatchEmpty
    self.range = range
  }
}

/// `selector[5m]`.
///
/// Offset, `@` and the mode of the window are the selector's.
package struct MatrixSelector: Hashable, Sendable {
  package var selector: VectorSelector
  /// How long the window is.
  package var window: PromQLDuration
  package var range: Range<Int>

  package init(selector: VectorSelector, window: PromQLDuration, range: Range<Int>) {
    self.selector = selector
    self.window = window
    self.range = range
  }
}

/// `expression[1h:5m]`: the instant expression, evaluated at each step of a window.
package struct Subquery: Hashable, Sendable {
  package var expression: PromQLExpression
  package var window: PromQLDuration
  /// Nil for the default step of the evaluation.
  package var step: PromQLDuration?
  package var modifiers: TimeModifiers
  package var range: Range<Int>

  package init(
    expression: PromQLExpression, window: PromQLDuration, step: PromQLDuration?,
    modifiers: TimeModifiers = TimeModifiers(), range: Range<Int>
  ) {
    self.expression = expression
    self.window = window
    self.step = step
    self.modifiers = modifiers
    self.range = range
  }
}

/// How samples at the bounds of a window count.
package enum WindowMode: String, Hashable, Sendable, CaseIterable {
  /// Only the samples inside.
  case plain
  /// `anchored`: the sample before the window counts as one at its start.
  case anchored
  /// `smoothed`: values at both bounds are interpolated.
  case smoothed
}

/// When a selector or a subquery is evaluated: `offset` and `@`, in either order.
package struct TimeModifiers: Hashable, Sendable {
  /// How far back in time; negative for later.
  ///
  /// A constant 0 where there is none.
  package var offset: PromQLDuration = .constant(0)
  /// Nil for the time of the evaluation.
  package var at: AtModifier?

  package init() {}
}

/// `@ …`: a fixed time of evaluation, before ``TimeModifiers/offset`` is applied.
package enum AtModifier: Hashable, Sendable {
  /// In milliseconds since 1970.
  case time(Int64)
  /// The start of the query's range.
  case start
  /// The end of the query's range.
  case end
}
