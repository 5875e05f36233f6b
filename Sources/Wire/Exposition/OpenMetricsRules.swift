import SeriesBytes

/// What OpenMetrics 1.0 demands beyond the grammar: of the names of families, of values, and of the order of samples.
struct OpenMetricsRules {
  /// The name and the samples' names of every family.
  private var taken: Set<[UInt8]> = []
  private var groups: Set<GroupKey> = []
  private var group: GroupKey?
  private var time: Double?
  private var histogram = HistogramCheck()

  /// The labels that the samples of one metric share, as 128 bits of a keyed hash.
  private struct GroupKey: Hashable {
    let first: Int
    let second: Int
  }

  /// Begins a family; a sentence where its name is another's.
  mutating func begin(_ name: [UInt8], type: FamilyType) -> String? {
    groups.removeAll(keepingCapacity: true)
    group = nil
    time = nil
    histogram = HistogramCheck()
    var names = [name]
    for suffix in FamilySuffix.ofType(type) where suffix != .none { names.append(name + Array(suffix.rawValue.utf8)) }
    for name in names where !taken.insert(name).inserted {
      return "the name '\(String(decoding: name, as: UTF8.self))' is that of an earlier family or of its samples"
    }
    return nil
  }

  /// Holds a sample against the rules of its family; a phrase where it breaks one.
  ///
  /// - Parameter seconds: its time as written.
  mutating func check(
    _ sample: ExpositionSample, _ suffix: FamilySuffix, _ family: [UInt8], type: FamilyType, seconds: Double?
  ) -> String? {
    if let problem = Self.value(sample.value, suffix, type) { return problem }
    let label = Self.ownLabel(suffix, family, type)
    let own = label.flatMap { label in sample.labels.first { sample.bytes[$0.name].elementsEqual(label) } }
    if let label, own == nil { return "the sample needs a label '\(String(decoding: label, as: UTF8.self))'" }
    if let problem = order(key(sample, without: own, type), seconds, type) { return problem }
    guard let own else { return histogram.add(suffix, sample.value, type) }
    let text = sample.bytes[own.value]
    switch type {
    case .histogram, .gaugehistogram: return histogram.add(bucket: text, sample.value)
    case .summary:
      guard let quantile = Self.number(text), (0...1).contains(quantile) else { return "a quantile is from 0 to 1" }
      return nil
    default: return nil
    }
  }

  /// Ends a family; a phrase where its last metric is not complete.
  mutating func end(type: FamilyType) -> String? { histogram.end(type) }

  /// The label that sets the samples of one metric apart.
  private static func ownLabel(_ suffix: FamilySuffix, _ family: [UInt8], _ type: FamilyType) -> [UInt8]? {
    switch (type, suffix) {
    case (_, .bucket): Array("le".utf8)
    case (.summary, .none): Array("quantile".utf8)
    case (.stateset, _): family
    default: nil
    }
  }

  private static func value(_ value: Double, _ suffix: FamilySuffix, _ type: FamilyType) -> String? {
    switch (type, suffix) {
    case (.stateset, _): value == 0 || value == 1 ? nil : "the value of a state is 0 or 1"
    case (.info, _): value == 1 ? nil : "the value of an info is 1"
    case (_, .gaugeSum): value.isNaN ? "a sum may not be NaN" : nil
    case (_, .total), (_, .bucket), (_, .count), (_, .sum), (_, .gaugeCount):
      value >= 0 ? nil : "a value that counts may be neither negative nor NaN"
    case (.summary, .none): value < 0 ? "the value of a quantile may not be negative" : nil
    default: nil
    }
  }

  // MARK: Order

  private func key(_ sample: ExpositionSample, without own: LabelRange?, _ type: FamilyType) -> GroupKey {
    var hasher = Hasher()
    // All samples of an info are one metric.
    for label in sample.labels.dropFirst(type == .info ? sample.labels.count : 0) {
      let name = sample.bytes[label.name]
      // The name of the sample differs within a metric.
      if label == own || sample.name == label.value && name.elementsEqual("__name__".utf8) { continue }
      hasher.combine(label.name.count)
      hasher.combine(label.value.count)
      for byte in name { hasher.combine(byte) }
      for byte in sample.bytes[label.value] { hasher.combine(byte) }
    }
    var second = hasher
    second.combine(1)
    return GroupKey(first: hasher.finalize(), second: second.finalize())
  }

  /// The samples of a metric stand together, all with a time or none, in the order of their times.
  private mutating func order(_ key: GroupKey, _ seconds: Double?, _ type: FamilyType) -> String? {
    if key != group {
      if let problem = histogram.end(type) { return problem }
      histogram = HistogramCheck()
      guard groups.insert(key).inserted else { return "the samples of a metric do not stand together" }
      (group, time) = (key, seconds)
      return nil
    }
    switch (time, seconds) {
    case (nil, nil): return nil
    case (let time?, let seconds?):
      if type == .info { return nil }
      guard time <= seconds else { return "the time is before that of the sample above" }
      guard time < seconds else { return nil }
      defer { histogram = HistogramCheck() }
      self.time = seconds
      return histogram.end(type)
    default: return "of the samples of a metric all have a time or none"
    }
  }

  static func number(_ text: ArraySlice<UInt8>) -> Double? { DecimalNumber.parse(Array(text).span) }
}

/// The samples of one histogram at one time.
private struct HistogramCheck {
  private var bound: Double?
  private var bucketValue = 0.0
  private var hasNegativeBound = false
  private var count: Double?
  private var sum: Double?
  private var isEmpty = true

  mutating func add(bucket text: ArraySlice<UInt8>, _ value: Double) -> String? {
    guard let next = OpenMetricsRules.number(text), !next.isNaN else { return "the bound 'le' is not a number" }
    if next == .infinity, !text.elementsEqual("+Inf".utf8) { return "the last bound is written '+Inf'" }
    if let bound, bound >= next { return "the bounds of buckets do not ascend" }
    if value < bucketValue { return "a bucket has less than the one before it" }
    (bound, bucketValue, isEmpty) = (next, value, false)
    if next < 0 { hasNegativeBound = true }
    return nil
  }

  mutating func add(_ suffix: FamilySuffix, _ value: Double, _ type: FamilyType) -> String? {
    guard type == .histogram || type == .gaugehistogram else { return nil }
    switch suffix {
    case .count, .gaugeCount: count = value
    case .sum, .gaugeSum: sum = value
    default: return nil
    }
    isEmpty = false
    return nil
  }

  func end(_ type: FamilyType) -> String? {
    if isEmpty { return nil }
    guard bound == .infinity else { return "a histogram has no bucket for '+Inf'" }
    guard (count == nil) == (sum == nil) else { return "a histogram has both a count and a sum or none of them" }
    if let count, count != bucketValue { return "the count of a histogram is not that of its last bucket" }
    guard let sum else { return nil }
    switch type {
    case .histogram where hasNegativeBound: return "a histogram with negative bounds has no sum"
    case .gaugehistogram where !hasNegativeBound && sum < 0:
      return "the sum of a gauge histogram without negative bounds is not negative"
    default: return nil
    }
  }
}
