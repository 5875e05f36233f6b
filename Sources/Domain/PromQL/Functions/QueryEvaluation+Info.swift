import Series

extension QueryEvaluation {
  /// `info`: adds the labels of info metrics, such as `target_info`, to the series of the same instance and job.
  func info(_ arguments: [PlanNode], on grid: StepGrid) throws(EvaluationError) -> [StepSeries] {
    let time = InfoTime.of(arguments[0]) ?? PlannedTime(at: nil, offset: 0)
    let base = try vector(of: arguments[0], on: grid)
    var matchers: [LabelMatcher] = []
    if arguments.count > 1, case .matchers(let given) = arguments[1].operation { matchers = given }
    let names = try nameMatchers(matchers.filter { $0.name == Label.metricName })
    let data = matchers.filter { $0.name != Label.metricName }
    // Info metrics are not enriched themselves.
    let isEnriched = base.map { series in !names.allSatisfy { $0.matches(series.labels) } }
    let found = try infoSeries(base.indices.filter { isEnriched[$0] }.map { base[$0].labels }, names + data, time, grid)
    let join = try InfoJoin(found, data: data, stepCount: grid.count)
    var result: [StepSeries] = []
    for (index, series) in base.enumerated() {
      if isEnriched[index] { result += try join.enriched(series) } else { result.append(series) }
      try spend(grid.count)
    }
    return try StepSeries.merged(result, isStrict: true)
  }

  /// The conditions on the names of info metrics: `target_info` where the query has none, all that end in `_info` but
  /// those excluded where it excludes some only.
  private func nameMatchers(_ given: [LabelMatcher]) throws(EvaluationError) -> [LabelMatcher] {
    guard !given.isEmpty else { return [LabelMatcher(Label.metricName, equals: "target_info")] }
    guard given.allSatisfy({ $0.operation == .notEqual || $0.operation == .doesNotMatch }) else { return given }
    return [try pattern(Label.metricName, ".+_info")] + given
  }

  private func pattern(_ name: String, _ expression: String) throws(EvaluationError) -> LabelMatcher {
    func compiled(_ compiler: some TextPatternCompiler) throws(TextPatternError) -> LabelMatcher {
      try LabelMatcher(name, .matches, expression, compiler: compiler)
    }
    do {
      return try compiled(compiler)
    } catch {
      throw .failed("info() cannot select info series: \(error.reason)")
    }
  }

  /// The info series of some series, with the times of their samples as values.
  private func infoSeries(
    _ base: [LabelSet], _ matchers: [LabelMatcher], _ time: PlannedTime, _ grid: StepGrid
  ) throws(EvaluationError) -> [StepSeries] {
    var identifying: [LabelMatcher] = []
    for name in InfoJoin.identifyingLabels {
      let values = Set(base.map { $0[name] }).subtracting([""])
      guard !values.isEmpty else { continue }
      // A longer expression costs more than the series that it would spare.
      guard values.count <= Self.alternativeCountMax else { continue }
      let expression = values.sorted().map(Self.quotedPattern).joined(separator: "|")
      identifying.append(try pattern(name, expression))
    }
    guard base.contains(where: { labels in InfoJoin.identifyingLabels.contains { labels.contains($0) } }) else {
      return []
    }
    var hints = SeriesSelection.Hints()
    hints.function = "info"
    hints.step = time.at == nil && grid.count > 1 ? grid.step : 0
    hints.window = settings.lookback
    hints.firstTime = time.resolved(grid.start)
    let selection = SeriesSelection(
      matchers: identifying + matchers, after: time.resolved(grid.start) - settings.lookback,
      through: time.resolved(grid.end), hints: hints)
    let kernel = InstantKernel(grid: grid, time: time, lookback: settings.lookback)
    var result: [StepSeries] = []
    try read(selection) { portion throws(EvaluationError) in
      result += try sampleTimes(portion, kernel)
    }
    return result
  }

  private static let alternativeCountMax = 100

  /// The text as a regular expression that matches it alone.
  private static func quotedPattern(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      if "\\.+*?()|[]{}^$".unicodeScalars.contains(scalar) { result += "\\" }
      result.unicodeScalars.append(scalar)
    }
    return result
  }
}

/// At which time info series are looked up: that of the samples which the first argument of `info` reads.
enum InfoTime {
  /// The time of the first selector of an expression, and of the subqueries around it up to one with `@`.
  static func of(_ node: PlanNode) -> PlannedTime? {
    switch node.operation {
    case .selector(let selector): return selector.time
    case .window(let window):
      guard case .subquery(let inner, _) = window.content else { return window.time }
      guard var time = of(inner) else { return nil }
      if time.at == nil {
        time.at = window.time.at
        time.offset += window.time.offset
      }
      return time
    case .call(_, let arguments): return arguments.lazy.compactMap(of).first
    case .aggregation(let aggregation): return of(aggregation.input) ?? aggregation.parameter.flatMap(of)
    case .binary(let binary): return of(binary.left) ?? of(binary.right)
    case .negation(let operand): return of(operand)
    case .number, .string, .matchers: return nil
    }
  }
}

/// Info series by what they share with the series that they describe.
struct InfoJoin {
  static let identifyingLabels = ["instance", "job"]

  private let info: [StepSeries]
  private let data: [LabelMatcher]
  private let stepCount: Int
  /// For the identifying labels and each name of an info metric, the series with the newest sample at each step.
  private var newest: [LabelSet: [[Int?]]] = [:]

  /// - Throws: Where two info series of one name and the same labels have a sample of the same time.
  init(_ info: [StepSeries], data: [LabelMatcher], stepCount: Int) throws(EvaluationError) {
    self.info = info
    self.data = data
    self.stepCount = stepCount
    let groups = Dictionary(grouping: info.indices) {
      info[$0].labels.keeping(Self.identifyingLabels + [Label.metricName])
    }
    for (key, indices) in groups.sorted(by: { $0.key < $1.key }) {
      var column: [Int?] = Array(repeating: nil, count: stepCount)
      for index in indices {
        for step in 0..<stepCount where Absent.isPresent(info[index].values[step]) {
          guard let known = column[step] else {
            column[step] = index
            continue
          }
          let (time, knownTime) = (info[index].values[step], info[known].values[step])
          guard time != knownTime else {
            throw .failed(
              "found duplicate series for info metric: existing \(info[known].labels) @ \(Int64(knownTime)), new "
                + "\(info[index].labels) @ \(Int64(time))")
          }
          if time > knownTime { column[step] = index }
        }
      }
      newest[key.removing([Label.metricName]), default: []].append(column)
    }
  }

  /// A series with the labels of its info series, which may be others at each step.
  func enriched(_ series: StepSeries) throws(EvaluationError) -> [StepSeries] {
    let columns = newest[series.labels.keeping(Self.identifyingLabels)] ?? []
    var places: [[Int?]: Int?] = [:]
    var result: [StepSeries] = []
    for step in 0..<stepCount where Absent.isPresent(series.values[step]) {
      let sources = columns.map { $0[step] }
      var place = places[sources]
      if place == nil {
        if let labels = try labels(series.labels, sources) {
          place = .some(result.count)
          let values = Array(repeating: Absent.marker, count: stepCount)
          result.append(StepSeries(labels, dropsName: series.dropsName, values: values))
        } else {
          place = .some(nil)
        }
        places[sources] = place
      }
      if case .some(.some(let index)) = place { result[index].values[step] = series.values[step] }
    }
    return result
  }

  /// The labels of a series with those of its info series; nil where it lacks an info series that the query asks for.
  private func labels(_ base: LabelSet, _ sources: [Int?]) throws(EvaluationError) -> LabelSet? {
    let found = sources.compactMap { $0 }
    if found.isEmpty { return data.allSatisfy { $0.matches("") } ? base : nil }
    var added = LabelSet.empty
    for index in found {
      for label in info[index].labels.labels where label.name != Label.metricName {
        guard data.isEmpty || data.contains(where: { $0.name == label.name }) else { continue }
        let known = added[label.name]
        guard known.isEmpty || known.hasSameBytes(as: label.value) else {
          throw .failed("conflicting label: \(label.name)")
        }
        if !base.contains(label.name) { added = added.setting(label.name, to: label.value) }
      }
    }
    return added.labels.reduce(base) { $0.setting($1.name, to: $1.value) }
  }
}
