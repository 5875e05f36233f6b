import Series

/// What a target's last pages held: the relabelled labels for each series, and which series are there.
///
/// One scrape at a time.
struct SeriesCache {
  /// What a series of the page stands for.
  enum Meaning {
    case series(Int)
    case dropped
    case nameless
  }

  private struct Key {
    var meaning: Meaning
    var seenIn: UInt64
  }

  private struct CachedSeries {
    let labels: LabelSet
    /// The scrape in which it was seen last.
    var seenIn: UInt64 = 0
    /// Whether it is marked stale when it goes: not where its samples have times of their own.
    var isTracked = true
    /// Whether the store has it as there.
    var isStored = false
    /// Whether it is there, if the present scrape is stored.
    var isCandidate = false
    /// Hash of the exemplar that the page had last; 0 for none.
    var exemplar = 0
  }

  private var table = ByteKeyTable()
  private var keys: [Key] = []
  private var series: [CachedSeries] = []
  private var numbers: [LabelSet: Int] = [:]
  /// The number of the present scrape.
  private var scrape: UInt64 = 0
  /// The scrape that gave the last whole page.
  private var lastPage: UInt64 = 0
  let budget: SeriesBudget

  /// Keys that are kept although the last page did not have them.
  private static let unseenCountMax = 1000

  init(budget: SeriesBudget) { self.budget = budget }

  /// How many keys are remembered.
  var count: Int { keys.count }

  /// Begins a scrape.
  mutating func begin() { scrape += 1 }

  /// What the key of a series stands for, by memory; nil when it is new.
  mutating func meaning(_ key: [UInt8]) -> Meaning? {
    guard let number = table.number(key, key.indices) else { return nil }
    keys[number].seenIn = scrape
    return keys[number].meaning
  }

  /// Remembers what a new key stands for.
  mutating func add(_ key: [UInt8], _ outcome: SampleLabels.Outcome) throws(PageFailure) -> Meaning {
    guard budget.take() else {
      throw PageFailure(
        "all targets together have more than \(budget.countMax) series; scrape less, or raise the limit")
    }
    let meaning: Meaning =
      switch outcome {
      case .kept(let labels): .series(number(labels))
      case .dropped: .dropped
      case .nameless: .nameless
      }
    _ = table.add(key, key.indices)
    keys.append(Key(meaning: meaning, seenIn: scrape))
    return meaning
  }

  private mutating func number(_ labels: LabelSet) -> Int {
    if let number = numbers[labels] { return number }
    numbers[labels] = series.count
    series.append(CachedSeries(labels: labels))
    return series.count - 1
  }

  func labels(_ number: Int) -> LabelSet { series[number].labels }

  /// Notes that the page has a series; false for one that it had already.
  mutating func see(_ number: Int, isTracked: Bool) -> Bool {
    let isFirst = series[number].seenIn != scrape
    series[number].seenIn = scrape
    series[number].isTracked = isTracked
    return isFirst
  }

  /// Notes the exemplar of a series; false for the one that the page before had.
  mutating func see(_ exemplar: PageExemplar, of number: Int) -> Bool {
    let hash = exemplar.hashValue
    defer { series[number].exemplar = hash }
    return series[number].exemplar != hash
  }

  /// Forgets which exemplars the pages had, so that they are new in the next one.
  mutating func forgetExemplars() { for number in series.indices { series[number].exemplar = 0 } }

  /// The series that the store has as there and this scrape has not.
  ///
  /// - Parameter hasFailed: whether the scrape gave no page, so that none is there.
  mutating func gone(hasFailed: Bool) -> [LabelSet] {
    var gone: [LabelSet] = []
    for number in series.indices {
      let isThere = !hasFailed && series[number].seenIn == scrape
      series[number].isCandidate = isThere && series[number].isTracked
      if series[number].isStored, !isThere { gone.append(series[number].labels) }
    }
    return gone
  }

  /// The scrape is stored: what ``gone(hasFailed:)`` found is so now.
  mutating func commit() {
    for number in series.indices { series[number].isStored = series[number].isCandidate }
  }

  /// Ends a scrape, stored or not, and forgets keys that are not of the last whole page, once they are too many.
  mutating func end(hasFailed: Bool) {
    if !hasFailed { lastPage = scrape }
    let kept = keys.indices.filter { number in
      if keys[number].seenIn == lastPage { return true }
      guard case .series(let series) = keys[number].meaning else { return false }
      return self.series[series].isStored
    }
    if keys.count - kept.count > max(Self.unseenCountMax, kept.count) { keep(kept) }
  }

  private mutating func keep(_ numbers: [Int]) {
    budget.give(keys.count - numbers.count)
    var kept = SeriesCache(budget: budget)
    kept.scrape = scrape
    kept.lastPage = lastPage
    kept.table = table.keeping(numbers)
    for number in numbers {
      var key = keys[number]
      if case .series(let old) = key.meaning {
        let new = kept.number(series[old].labels)
        kept.series[new] = series[old]
        key.meaning = .series(new)
      }
      kept.keys.append(key)
    }
    self = kept
  }

  /// Forgets everything.
  mutating func removeAll() {
    budget.give(keys.count)
    self = SeriesCache(budget: budget)
  }
}
