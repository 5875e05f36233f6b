/// Attributes in the order in which they were given; written as a dictionary of any recordable values.
///
///     ["http.request.method": "GET", "retries": count, "tags": ["a", "b"]]
///
/// Of several values for one key the last counts, at the place of the first.
public struct Attributes: Sendable, Hashable, ExpressibleByDictionaryLiteral {
  /// A name and its value.
  public struct Pair: Sendable, Hashable {
    /// The name; one that is empty is not recorded.
    public var key: String
    /// The value.
    public var value: AttributeValue

    /// A name and its value.
    public init(key: String, value: AttributeValue) {
      self.key = key
      self.value = value
    }
  }

  /// The pairs in their order.
  public private(set) var pairs: [Pair]

  /// No attributes.
  public init() { pairs = [] }

  init(pairs: [Pair]) { self.pairs = pairs }

  /// The pairs of a literal.
  public init(dictionaryLiteral elements: (String, any AttributeValueConvertible)...) {
    pairs = elements.map { Pair(key: $0.0, value: $0.1.attributeValue) }
  }

  /// The pairs of a dictionary, sorted by name.
  public init(_ dictionary: [String: some AttributeValueConvertible]) {
    pairs = dictionary.sorted { $0.key < $1.key }.map { Pair(key: $0.key, value: $0.value.attributeValue) }
  }

  /// Whether there are none.
  public var isEmpty: Bool { pairs.isEmpty }

  /// The value of a key; nil takes it away.
  public subscript(key: String) -> AttributeValue? {
    get { pairs.last { $0.key == key }?.value }
    set {
      let place = pairs.firstIndex { $0.key == key }
      switch (place, newValue) {
      case (let place?, let value?): pairs[place].value = value
      case (let place?, nil): pairs.remove(at: place)
      case (nil, let value?): pairs.append(Pair(key: key, value: value))
      case (nil, nil): break
      }
    }
  }

  /// These attributes with others over them.
  public func merging(_ others: Attributes) -> Attributes {
    var merged = self
    for pair in others.pairs { merged[pair.key] = pair.value }
    return merged
  }

  /// Adds a value unless there is none.
  mutating func add(_ key: String, _ value: (some AttributeValueConvertible)?) {
    if let value { pairs.append(Pair(key: key, value: value.attributeValue)) }
  }
}
