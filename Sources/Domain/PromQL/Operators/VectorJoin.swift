import Series

/// The series of two vectors, brought together by the labels that a binary operator matches.
struct VectorJoin {
  private let left: [StepSeries]
  private let right: [StepSeries]
  private let binary: PlannedBinary
  private let stepCount: Int
  /// For each value of the matched labels the series of both sides that have it.
  private var matches: [(left: [Int], right: [Int])] = []

  private var matching: VectorMatching { binary.matching }

  init(_ left: [StepSeries], _ right: [StepSeries], _ binary: PlannedBinary, stepCount: Int) {
    self.left = left
    self.right = right
    self.binary = binary
    self.stepCount = stepCount
    var places: [LabelSet: Int] = [:]
    func place(_ series: StepSeries) -> Int {
      let key = Self.matched(series.labels, binary.matching)
      if let place = places[key] { return place }
      places[key] = matches.count
      matches.append(([], []))
      return matches.count - 1
    }
    for (index, series) in left.enumerated() { matches[place(series)].left.append(index) }
    for (index, series) in right.enumerated() { matches[place(series)].right.append(index) }
  }

  /// The labels that count for the match.
  private static func matched(_ labels: LabelSet, _ matching: VectorMatching) -> LabelSet {
    matching.isOn
      ? labels.keeping(matching.labels)
      : labels.filter { label in
        label.name != Label.metricName && !matching.labels.contains { $0.hasSameBytes(as: label.name) }
      }
  }

  // MARK: Set operators

  /// The series of `and`, `or` and `unless`.
  func set() -> [StepSeries] {
    var result = left
    var additions: [Int: StepSeries] = [:]
    for match in matches {
      switch binary.operation {
      case .or:
        guard !match.left.isEmpty else {
          for index in match.right { additions[index] = right[index] }
          continue
        }
        let isPresent = presence(match.left, of: left)
        for index in match.right { additions[index] = Self.keep(right[index]) { !isPresent[$0] } }
      case .and:
        let isPresent = presence(match.right, of: right)
        for index in match.left { result[index] = Self.keep(left[index]) { isPresent[$0] } }
      default:
        guard !match.right.isEmpty else { continue }
        let isPresent = presence(match.right, of: right)
        for index in match.left { result[index] = Self.keep(left[index]) { !isPresent[$0] } }
      }
    }
    result += right.indices.compactMap { additions[$0] }
    return result.filter(\.hasValue)
  }

  private static func keep(_ series: StepSeries, where isKept: (Int) -> Bool) -> StepSeries {
    var result = series
    for step in result.values.indices where !isKept(step) { result.values[step] = Absent.marker }
    return result
  }

  /// At which steps one of some series has a value.
  private func presence(_ indices: [Int], of series: [StepSeries]) -> [Bool] {
    var result = Array(repeating: false, count: stepCount)
    for index in indices {
      for step in 0..<stepCount where Absent.isPresent(series[index].values[step]) { result[step] = true }
    }
    return result
  }

  // MARK: Arithmetic and comparisons

  /// The results of matching series.
  ///
  /// - Parameter account: Called for each pair of series, with the number of series that came of it.
  func combined(_ account: (Int) throws(EvaluationError) -> Void) throws(EvaluationError) -> [StepSeries] {
    let isOneToMany = matching.cardinality == .oneToMany
    let sides = Sides(many: isOneToMany ? right : left, one: isOneToMany ? left : right)
    try checkOneSide(sides)
    var result: [StepSeries] = []
    for match in matches {
      let (many, one) = isOneToMany ? (match.right, match.left) : (match.left, match.right)
      try account(0)
      let pairs = self.pairs(many, one, sides)
      try checkManySide(pairs, sides)
      for pair in pairs {
        let series = combined(pair, sides)
        try account(series.hasValue ? 1 : 0)
        if series.hasValue { result.append(series) }
      }
    }
    return result
  }

  /// The vectors by their part in the match: in one to many they are swapped.
  private struct Sides {
    let many: [StepSeries]
    let one: [StepSeries]
  }

  /// Two series that meet, or one for which a value stands in at the steps at which nothing else meets it.
  private struct Pair {
    var many: Int?
    var one: Int?
    var labels: LabelSet
    /// At which steps the fill stands in; nil where both series are there.
    var fillsAt: [Bool]?
  }

  private func pairs(_ many: [Int], _ one: [Int], _ sides: Sides) -> [Pair] {
    var result: [Pair] = []
    // Of series that follow each other, few have values at the same steps.
    let extents = one.map { sides.one[$0].extent }
    for manyIndex in many {
      let extent = sides.many[manyIndex].extent
      for (oneIndex, other) in zip(one, extents) where extent.overlaps(other) {
        let labels = self.labels(sides.many[manyIndex].labels, sides.one[oneIndex].labels)
        result.append(Pair(many: manyIndex, one: oneIndex, labels: labels))
      }
    }
    if matching.fillRight != nil {
      let isPresent = presence(one, of: sides.one)
      for index in many {
        let labels = sides.many[index].labels
        result.append(
          Pair(
            many: index, labels: self.labels(labels, Self.matched(labels, matching)), fillsAt: isPresent.map { !$0 }))
      }
    }
    if matching.fillLeft != nil {
      let isPresent = presence(many, of: sides.many)
      for index in one {
        let labels = sides.one[index].labels
        result.append(
          Pair(one: index, labels: self.labels(Self.matched(labels, matching), labels), fillsAt: isPresent.map { !$0 }))
      }
    }
    return result
  }

  /// The labels of a result.
  private func labels(_ many: LabelSet, _ one: LabelSet) -> LabelSet {
    var result = binary.operation.isArithmetic ? StepSeries.withoutName(many) : many
    if matching.cardinality == .oneToOne {
      result = matching.isOn ? result.keeping(matching.labels) : result.removing(matching.labels)
    }
    for name in matching.include { result = result.setting(name, to: one[name]) }
    return result
  }

  /// Whether the operation is done for a pair at a step.
  @inline(__always)
  private func meets(_ pair: Pair, _ sides: Sides, at step: Int) -> Bool {
    if let fillsAt = pair.fillsAt, !fillsAt[step] { return false }
    if let many = pair.many, Absent.isAbsent(sides.many[many].values[step]) { return false }
    if let one = pair.one, Absent.isAbsent(sides.one[one].values[step]) { return false }
    return true
  }

  private func combined(_ pair: Pair, _ sides: Sides) -> StepSeries {
    let isSwapped = matching.cardinality == .oneToMany
    let (operation, returnsBool) = (binary.operation, binary.returnsBool)
    let fills = (many: matching.fillLeft ?? .nan, one: matching.fillRight ?? .nan)
    let many = pair.many.map { sides.many[$0].values } ?? Array(repeating: fills.many, count: stepCount)
    let one = pair.one.map { sides.one[$0].values } ?? Array(repeating: fills.one, count: stepCount)
    var values = Array(repeating: Absent.marker, count: stepCount)
    for step in 0..<stepCount where Absent.isPresent(many[step]) && Absent.isPresent(one[step]) {
      if let fillsAt = pair.fillsAt, !fillsAt[step] { continue }
      let (left, right) = isSwapped ? (one[step], many[step]) : (many[step], one[step])
      values[step] = operation.element(left, right, kept: left, returnsBool: returnsBool)
    }
    return StepSeries(pair.labels, dropsName: returnsBool, values: values)
  }

  // MARK: Ambiguous matches

  /// On the side of the one, each match has one series at most at a step.
  private func checkOneSide(_ sides: Sides) throws(EvaluationError) {
    let isOneToMany = matching.cardinality == .oneToMany
    // A step where the other side has nothing is not looked at.
    var isLookedAt: [Bool]?
    for match in matches {
      let one = isOneToMany ? match.left : match.right
      guard one.count > 1 else { continue }
      if isLookedAt == nil, matching.fillLeft == nil, matching.fillRight == nil {
        isLookedAt = presence(Array(sides.many.indices), of: sides.many)
      }
      for step in 0..<stepCount where isLookedAt?[step] != false {
        let found = one.lazy.filter { Absent.isPresent(sides.one[$0].values[step]) }.prefix(2)
        let labels = found.map { sides.one[$0].labels }
        guard labels.count > 1 else { continue }
        let group = Self.matched(labels[0], matching)
        let names = labels.map(Self.inBraces).sorted { $0.precedes($1) }
        throw .failed(
          "found duplicate series for the match group \(Self.inBraces(group)) on the \(isOneToMany ? "left" : "right") "
            + "hand-side of the operation: [\(names[0]), \(names[1])];many-to-many matching not allowed: matching "
            + "labels must be unique on one side")
      }
    }
  }

  /// The results of one match differ in their labels, or do not meet at a step.
  private func checkManySide(_ pairs: [Pair], _ sides: Sides) throws(EvaluationError) {
    guard pairs.count > 1 else { return }
    if matching.cardinality == .oneToOne {
      for step in 0..<stepCount where pairs.lazy.filter({ meets($0, sides, at: step) }).prefix(2).count > 1 {
        throw .failed("multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)")
      }
      return
    }
    let byLabels = Dictionary(grouping: pairs.indices) { pairs[$0].labels }
    for indices in byLabels.values where indices.count > 1 {
      for step in 0..<stepCount
      where indices.lazy.filter({ meets(pairs[$0], sides, at: step) }).prefix(2).count > 1 {
        throw .failed("multiple matches for labels: grouping labels must ensure unique matches")
      }
    }
  }

  /// All labels in braces, the metric's name as `__name__`, as Prometheus writes label sets in these messages.
  private static func inBraces(_ labels: LabelSet) -> String {
    let parts = labels.labels.map { "\(SeriesNotation.written($0.name))=\(SeriesNotation.quoted($0.value))" }
    return "{\(parts.joined(separator: ", "))}"
  }
}
