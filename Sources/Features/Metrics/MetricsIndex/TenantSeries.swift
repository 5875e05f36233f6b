import Base
import Columns
import Series

/// The series of one tenant, found by their labels.
///
/// Texts are kept once; a series is a run of numbers of texts. About 150 bytes a series of ten labels beside its texts.
struct TenantSeries {
  private var ids: [UInt64] = []
  private var metrics: [UInt32] = []
  private var firstDays: [UInt32] = []
  private(set) var lastDays: [UInt32] = []
  /// Where the labels of each series begin in `labelCodes`; one more than there are series.
  private var starts: [Int] = [0]
  /// Numbers of texts: name, value, name, value; by name.
  private var labelCodes: [UInt32] = []
  private let texts = StringDictionary()
  private var places: [UInt64: UInt32] = [:]
  /// Series by the numbers of a label's name and value.
  private var postings: [UInt64: Postings] = [:]
  /// The values of each name.
  private var valuesOfName: [UInt32: [UInt32]] = [:]
  /// How many series are known to have a sample on a day.
  private var countsOfDays: [UInt32: Int] = [:]

  var count: Int { ids.count }

  /// Notes a series of a day; O(labels).
  mutating func insert(_ id: UInt64, metric: UInt32, labels: () -> LabelSet, day: UInt32) {
    if let place = places[id].map(Int.init) {
      guard day > lastDays[place] || day < firstDays[place] else { return }
      countsOfDays[day, default: 0] += 1
      firstDays[place] = min(firstDays[place], day)
      lastDays[place] = max(lastDays[place], day)
      return
    }
    let place = UInt32(truncatingIfNeeded: ids.count)
    places[id] = place
    ids.append(id)
    metrics.append(metric)
    firstDays.append(day)
    lastDays.append(day)
    for label in labels().labels {
      let name = texts.code(label.name)
      let value = texts.code(label.value)
      labelCodes.append(name)
      labelCodes.append(value)
      if postings[Self.key(name, value)]?.append(place) == nil {
        postings[Self.key(name, value)] = .one(place)
        valuesOfName[name, default: []].append(value)
      }
    }
    starts.append(labelCodes.count)
    countsOfDays[day, default: 0] += 1
  }

  /// How many series are known to have a sample on a day.
  ///
  /// A day between the first and the last of a series does not count it: such a series is in memory already.
  func count(day: UInt32) -> Int { countsOfDays[day] ?? 0 }

  private static func key(_ name: UInt32, _ value: UInt32) -> UInt64 { UInt64(name) << 32 | UInt64(value) }

  /// Whether a series is known to have a sample on a day.
  func isKnown(_ id: UInt64, day: UInt32) -> Bool {
    // Days between the first and the last are not known one by one: a series that pauses is stored once more.
    places[id].map { lastDays[Int($0)] == day || firstDays[Int($0)] == day } ?? false
  }

  func labels(at place: Int) -> LabelSet {
    LabelSet(
      sorted: stride(from: starts[place], to: starts[place + 1], by: 2).map {
        Label(text(labelCodes[$0]), text(labelCodes[$0 + 1]))
      })
  }

  func series(at place: Int) -> IndexedSeries {
    IndexedSeries(id: ids[place], metric: metrics[place], labels: labels(at: place))
  }

  /// The series of an id; nil where it is not kept.
  func series(id: UInt64) -> IndexedSeries? { places[id].map { series(at: Int($0)) } }

  private func text(_ code: UInt32) -> String { texts.entries[Int(code)] }

  /// The number of the value that a series has for a name; nil for none.
  private func value(of name: UInt32, at place: Int) -> UInt32? {
    var index = starts[place]
    while index < starts[place + 1] {
      if labelCodes[index] == name { return labelCodes[index + 1] }
      index += 2
    }
    return nil
  }

  private func code(of text: String) -> UInt32? { texts.existingCode(text) }

  /// The places of the series for which all matchers hold and that may have samples on some of the days.
  func places(matching matchers: [LabelMatcher], days: ClosedRange<UInt32>) -> [Int] {
    var tests: [ValueTest] = []
    var candidates: [UInt32]?
    for matcher in matchers {
      let name = code(of: matcher.name)
      if matcher.operation == .equal, !matcher.value.isEmpty {
        guard let name, let value = code(of: matcher.value), let found = postings[Self.key(name, value)] else {
          return []
        }
        if candidates.map({ found.count < $0.count }) ?? true { candidates = found.places }
      }
      tests.append(ValueTest(matcher, name: name))
    }
    if candidates == nil { candidates = placesOfSmallestPattern(&tests) }
    var places: [Int] = []
    func test(_ place: Int) {
      guard mayHaveSamples(at: place, days) else { return }
      for index in tests.indices where !holds(&tests[index], at: place) { return }
      places.append(place)
    }
    if let candidates {
      for place in candidates { test(Int(place)) }
    } else {
      for place in ids.indices { test(place) }
    }
    return places
  }

  /// How many series of a metric may have samples on some of the days.
  ///
  /// O(series of the metric).
  func count(ofMetric name: String, days: ClosedRange<UInt32>) -> Int {
    guard let nameCode = code(of: Label.metricName), let value = code(of: name) else { return 0 }
    return (postings[Self.key(nameCode, value)]?.places ?? []).count { mayHaveSamples(at: Int($0), days) }
  }

  private func mayHaveSamples(at place: Int, _ days: ClosedRange<UInt32>) -> Bool {
    firstDays[place] <= days.upperBound && lastDays[place] >= days.lowerBound
  }

  /// A matcher, and what it said of values so far.
  private struct ValueTest {
    let matcher: LabelMatcher
    let name: UInt32?
    var results: [UInt32: Bool] = [:]
    let holdsForNone: Bool

    init(_ matcher: LabelMatcher, name: UInt32?) {
      self.matcher = matcher
      self.name = name
      holdsForNone = matcher.matches("")
    }
  }

  private func holds(_ test: inout ValueTest, at place: Int) -> Bool {
    guard let name = test.name, let value = value(of: name, at: place) else { return test.holdsForNone }
    return holds(&test, value: value)
  }

  private func holds(_ test: inout ValueTest, value: UInt32) -> Bool {
    if let known = test.results[value] { return known }
    let result = test.matcher.matches(text(value))
    test.results[value] = result
    return result
  }

  /// The series with a value that a pattern matches, of the pattern that has the fewest values to try; nil where every
  /// matcher also holds for series without the label.
  private func placesOfSmallestPattern(_ tests: inout [ValueTest]) -> [UInt32]? {
    let positive = tests.indices.filter { !tests[$0].holdsForNone }
    func valueCount(_ index: Int) -> Int { tests[index].name.flatMap { valuesOfName[$0]?.count } ?? 0 }
    guard let index = positive.min(by: { valueCount($0) < valueCount($1) }) else { return nil }
    guard let name = tests[index].name else { return [] }
    var found: [UInt32] = []
    for value in valuesOfName[name] ?? [] where holds(&tests[index], value: value) {
      found += postings[Self.key(name, value)]?.places ?? []
    }
    return found.sorted()
  }

  /// The names of labels, by bytes.
  var labelNames: [String] { valuesOfName.keys.map(text).sorted { $0.precedes($1) } }

  /// The values of a label, by bytes.
  func values(of name: String) -> [String] {
    guard let code = code(of: name) else { return [] }
    return (valuesOfName[code] ?? []).map(text).sorted { $0.precedes($1) }
  }

  /// How many values each label has, the most first.
  func cardinalities(limit: Int) -> [(name: String, valueCount: Int)] {
    valuesOfName.map { (name: text($0.key), valueCount: $0.value.count) }
      .sorted { $0.valueCount > $1.valueCount || ($0.valueCount == $1.valueCount && $0.name.precedes($1.name)) }
      .prefix(limit).map { $0 }
  }

  /// The counts of all labels, with lists of up to a limit; O(pairs + series).
  func statistics(limit: Int) -> SeriesStatistics {
    var statistics = SeriesStatistics()
    statistics.seriesCount = count
    statistics.labelPairCount = postings.count
    if let first = firstDays.min(), let last = lastDays.max() { statistics.days = first...last }
    var metrics = GreatestCounts(limit: limit)
    var pairs = GreatestCounts(limit: limit)
    let metricName = code(of: "__name__")
    for (key, places) in postings {
      pairs.add(key, places.count)
      if UInt32(key >> 32) == metricName { metrics.add(key, places.count) }
    }
    var values = GreatestCounts(limit: limit)
    var bytes = GreatestCounts(limit: limit)
    for (name, codes) in valuesOfName {
      values.add(UInt64(name), codes.count)
      bytes.add(UInt64(name), codes.reduce(0) { $0 + text($1).utf8.count })
    }
    func value(_ key: UInt64) -> String { text(UInt32(truncatingIfNeeded: key)) }
    statistics.seriesCountByMetric = metrics.result(value)
    statistics.seriesCountByPair = pairs.result { "\(text(UInt32($0 >> 32)))=\(value($0))" }
    statistics.valueCountByLabel = values.result(value)
    statistics.valueBytesByLabel = bytes.result(value)
    return statistics
  }

  /// The first day after which so many series at most had their last sample; nil where there are no more than these.
  func firstDay(ofNewest countMax: Int) -> UInt32? {
    guard count > countMax else { return nil }
    var counts: [UInt32: Int] = [:]
    for day in lastDays { counts[day, default: 0] += 1 }
    var kept = 0
    let latest = counts.keys.max()
    for day in counts.keys.sorted(by: >) {
      kept += counts[day] ?? 0
      // The latest day stays whole: its series are limited when they come.
      if kept > countMax, day != latest { return day + 1 }
    }
    return nil
  }

  /// Without the series whose last day is before a day.
  func dropping(before day: UInt32) -> TenantSeries {
    var kept = TenantSeries()
    for place in ids.indices where lastDays[place] >= day {
      kept.insert(ids[place], metric: metrics[place], labels: { labels(at: place) }, day: firstDays[place])
      kept.insert(ids[place], metric: metrics[place], labels: { .empty }, day: lastDays[place])
    }
    return kept
  }
}
