import SeriesBytes

/// What the name of a sample has behind the name of its family.
enum FamilySuffix: String, CaseIterable {
  case none = ""
  case total = "_total"
  case created = "_created"
  case bucket = "_bucket"
  case count = "_count"
  case sum = "_sum"
  case gaugeCount = "_gcount"
  case gaugeSum = "_gsum"
  case info = "_info"

  private static let bytes = allCases.map { Array($0.rawValue.utf8) }

  /// The suffix of a sample's name; nil where it is not a sample of the family.
  init?(of name: ArraySlice<UInt8>, family: [UInt8], type: FamilyType) {
    guard name.starts(with: family) else { return nil }
    let rest = name.dropFirst(family.count)
    guard
      let suffix = zip(Self.allCases, Self.bytes).first(where: { $1.elementsEqual(rest) })?.0,
      Self.ofType(type).contains(suffix)
    else { return nil }
    self = suffix
  }

  /// The suffixes that the samples of a type have (OpenMetrics 1.0, "Metric Types").
  static func ofType(_ type: FamilyType) -> [FamilySuffix] {
    switch type {
    case .unknown, .gauge, .stateset: [.none]
    case .counter: [.total, .created]
    case .histogram: [.bucket, .count, .sum, .created]
    case .gaugehistogram: [.bucket, .gaugeCount, .gaugeSum]
    case .summary: [.none, .count, .sum, .created]
    case .info: [.info]
    }
  }
}
