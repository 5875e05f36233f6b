/// Values that travel with a trace to other processes (https://www.w3.org/TR/baggage/).
public struct Baggage: Sendable, Hashable, ExpressibleByDictionaryLiteral {
  /// The members in their order.
  public private(set) var members: [Member] = []

  /// A name and its value.
  public struct Member: Sendable, Hashable {
    /// The name.
    public var key: String
    /// The value, of any characters.
    public var value: String
  }

  /// The members of a literal.
  public init(dictionaryLiteral elements: (String, String)...) {
    for (key, value) in elements { self[key] = value }
  }

  /// Whether there are none.
  public var isEmpty: Bool { members.isEmpty }

  /// The value of a key; nil takes it away.
  public subscript(key: String) -> String? {
    get { members.first { $0.key == key }?.value }
    set {
      let place = members.firstIndex { $0.key == key }
      switch (place, newValue) {
      case (let place?, let value?): members[place].value = value
      case (let place?, nil): members.remove(at: place)
      case (nil, let value?): members.append(Member(key: key, value: value))
      case (nil, nil): break
      }
    }
  }

  /// What is current in a task and its child tasks.
  @TaskLocal static var active = Baggage()

  /// The baggage of this task: what `withBaggage` and `withContext` set.
  public static var current: Baggage { active }

  /// These members with others over them.
  func merging(_ others: Baggage) -> Baggage {
    var merged = self
    for member in others.members { merged[member.key] = member.value }
    return merged
  }

  // MARK: The header

  /// How many members are kept at most, and how many bytes.
  ///
  /// https://www.w3.org/TR/baggage/#limits
  private static let membersMax = 64
  private static let bytesMax = 8192

  /// The value of the header `baggage`; empty for none.
  var header: String {
    var text = ""
    for member in members.prefix(Self.membersMax) where Self.isToken(member.key) {
      let written = "\(member.key)=\(PercentText.encode(member.value))"
      if text.utf8.count + written.utf8.count + 1 > Self.bytesMax { break }
      text += text.isEmpty ? written : ",\(written)"
    }
    return text
  }

  /// Reads the header; members that are none are passed over, their properties too.
  init(header: String) {
    guard header.utf8.count <= Self.bytesMax else { return }
    for member in header.split(separator: ",").prefix(Self.membersMax) {
      let pair = member.prefix { $0 != ";" }
      guard let equals = pair.firstIndex(of: "=") else { continue }
      let key = pair[..<equals].trimmed
      if Self.isToken(key) { self[key] = PercentText.decode(pair[pair.index(after: equals)...].trimmed) }
    }
  }

  /// RFC 9110, 5.6.2.
  private static func isToken(_ text: String) -> Bool {
    let others = "!#$%&'*+-.^_`|~"
    return !text.isEmpty
      && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) || others.contains($0) }
  }
}
