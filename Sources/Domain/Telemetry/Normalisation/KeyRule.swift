public import Columns

/// What an attribute key means, as the decoder needs it for each attribute: a `SemanticRule` in eight bytes.
///
/// It and what works on it for each attribute is `public` so that the decoder inlines it; see `GrowableBuffer`.
@frozen
public struct KeyRule: BitwiseCopyable, Sendable {
  /// A raw value of `SemanticField`.
  @usableFromInline let field: UInt8
  @usableFromInline let rank: UInt8
  /// A raw value of `SemanticReading`.
  @usableFromInline let reading: UInt8
  @usableFromInline let kind: Kind
  /// The bit of the `PromotedAttribute` that has the rule's key; 0 for none.
  @usableFromInline let promotedMask: UInt32

  /// What is to be done with an attribute of the key.
  @frozen
  @usableFromInline
  enum Kind: UInt8, BitwiseCopyable, Sendable {
    /// The key means nothing.
    case unknown
    /// The attribute may fill a column, and stays in the map.
    case plain
    /// The attribute names one of several GPUs, and stays in the map.
    case gpu
    /// A promoted attribute: a number of tokens, text, text without capitals.
    case promotedCount, promotedText, promotedLowercaseText
    /// `gen_ai.operation.name`, whose column has OpenTelemetry's name of the operation.
    case promotedOperation
  }

  /// Whether the key means anything.
  @inlinable public var isKnown: Bool { kind != .unknown }

  private init(_ rule: SemanticRule) {
    let promoted = PromotedAttribute(key: rule.key)
    field = rule.field.rawValue
    rank = rule.rank
    reading = rule.reading.rawValue
    promotedMask = promoted?.mask ?? 0
    kind =
      switch (promoted != nil, rule.reading) {
      case (true, .count): .promotedCount
      case (true, .text): .promotedText
      case (true, .lowercaseText): .promotedLowercaseText
      case (true, .operationName): .promotedOperation
      case (true, _): preconditionFailure("the column of \(rule.key) holds no attribute's very value")
      case (false, _): rule.field == .gpu ? .gpu : .plain
      }
  }

  private init() { (field, rank, reading, kind, promotedMask) = (0, 0, 0, .unknown, 0) }

  /// The rules by their numbers; see `SemanticRules`.
  fileprivate static let all: [KeyRule] = [KeyRule()] + SemanticRules.all.map { KeyRule($0) }
}

/// The rules of the keys of a dictionary, by code.
///
/// The rule of a key is looked up once for each block, so the decoder compares no key with any convention.
public final class KeyRules: Sendable {
  @usableFromInline let rules = GrowableBuffer<KeyRule>()
  private let dictionary: StringDictionary

  init(of dictionary: StringDictionary) { self.dictionary = dictionary }

  /// The rule of a key that has the code in the dictionary.
  @inlinable
  @inline(__always)
  public func rule(ofKey code: UInt32) -> KeyRule {
    if Int(code) >= rules.count { addRules() }
    // SAFETY: addRules covers every code of the dictionary.
    return unsafe rules.base[Int(code)]
  }

  @inline(never)
  @usableFromInline
  func addRules() {
    while rules.count < dictionary.count {
      rules.append(KeyRule.all[Int(SemanticRules.number(of: dictionary.entries[rules.count]))])
    }
  }

  /// Forgets the rules of keys that the dictionary does not have any more.
  func forget() { rules.truncate(to: min(rules.count, dictionary.count)) }
}
