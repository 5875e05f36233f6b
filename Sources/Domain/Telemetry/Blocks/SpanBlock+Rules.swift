import Columns

extension SpanBlock {
  /// The number of the rule that an attribute key has, by its code in the dictionary of `attributes`; 0 for none.
  ///
  /// The rule of a key is looked up once for each block, so the decoder compares no key with any convention.
  @inlinable
  @inline(__always)
  package func rule(ofKey code: UInt32) -> UInt8 {
    if Int(code) >= keyRules.count { learnRules() }
    // SAFETY: learnRules covers every code of the dictionary.
    return unsafe keyRules.base[Int(code)]
  }

  @inline(never)
  @usableFromInline
  func learnRules() {
    let dictionary = attributes.keys.dictionary
    while keyRules.count < dictionary.count {
      keyRules.append(SemanticRules.number(of: dictionary.entries[keyRules.count]))
    }
  }
}
