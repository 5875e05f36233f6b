/// A token and where it stands in the query, in UTF-8 bytes.
struct PromQLToken: Hashable {
  let kind: Kind
  let range: Range<Int>

  enum Kind: Hashable {
    case end
    /// A name without a colon.
    case identifier
    /// A name with a colon, which only a metric can have.
    case metricIdentifier
    case number
    case duration
    /// In quotes.
    case string
    case punctuation(Punctuation)
    case binary(BinaryOperator)
    /// `=~` within braces.
    case matches
    /// `!~` within braces.
    case doesNotMatch
    /// `@`.
    case at
    case aggregator(Aggregator)
    case keyword(Keyword)
    case preprocessor(Preprocessor)
  }

  enum Punctuation: UInt8 {
    case leftParenthesis = 0x28
    case rightParenthesis = 0x29
    case comma = 0x2c
    case colon = 0x3a
    /// `=` within braces.
    case equal = 0x3d
    case leftBracket = 0x5b
    case rightBracket = 0x5d
    case leftBrace = 0x7b
    case rightBrace = 0x7d
  }

  /// Words with a meaning of their own at some places; elsewhere most of them are names.
  enum Keyword: String {
    case offset, smoothed, anchored, by, without, on, ignoring, bool, fill
    case groupLeft = "group_left"
    case groupRight = "group_right"
    case fillLeft = "fill_left"
    case fillRight = "fill_right"
  }

  /// Words that, with parentheses, stand for a time or a duration.
  enum Preprocessor: String {
    case start, end, step, range
    case maxOf = "max_of"
    case minOf = "min_of"
  }
}

extension PromQLToken.Kind {
  /// What a word is, whatever its case; nil for a name.
  init?(word: String) {
    let word = word.lowercased()
    if let aggregator = Aggregator(rawValue: word) {
      self = .aggregator(aggregator)
    } else if let keyword = PromQLToken.Keyword(rawValue: word) {
      self = .keyword(keyword)
    } else if let preprocessor = PromQLToken.Preprocessor(rawValue: word) {
      self = .preprocessor(preprocessor)
    } else if let operation = BinaryOperator(rawValue: word) {
      self = .binary(operation)
    } else if word == "inf" || word == "nan" {
      self = .number
    } else {
      return nil
    }
  }

  /// Whether the token can be a metric's name where an expression is expected.
  var canBeMetric: Bool {
    switch self {
    case .identifier, .metricIdentifier, .aggregator, .preprocessor: true
    case .binary(let operation): operation.isSetOperator
    case .keyword(let keyword):
      switch keyword {
      case .offset, .smoothed, .anchored, .by, .without, .fill, .fillLeft, .fillRight: true
      case .on, .ignoring, .bool, .groupLeft, .groupRight: false
      }
    default: false
    }
  }

  /// Whether the token can be a label's name in a list such as that of `by`.
  var canBeLabel: Bool {
    switch self {
    case .identifier, .metricIdentifier, .aggregator, .preprocessor, .keyword: true
    case .binary(let operation): operation.isSetOperator || operation == .atan2
    default: false
    }
  }
}
