import SeriesBytes

/// Reads expositions line by line, without an object per sample.
///
/// The grammar is that of the text format 0.0.4 or of OpenMetrics 1.0, with names in quotation marks as Prometheus 3
/// has them: `{"a.b",l="x"} 1`, `# TYPE "a.b" counter`.
package struct ExpositionParser {
  let format: ExpositionFormat
  let limits: ExpositionLimits
  let holdsRules: Bool
  /// Where the next byte is read, and where its line begins and ends.
  var position = 0
  var lineStart = 0
  var lineEnd = 0
  private var lineNumber = 0
  private var hasEnded = false
  var sample = ExpositionSample()
  /// The seconds of an OpenMetrics sample as written.
  var seconds: Double?
  private var family = Family()
  private var rules = OpenMetricsRules()

  /// The family whose lines are read.
  private struct Family {
    var name: [UInt8] = []
    var type: FamilyType?
    var unit: [UInt8]?
    var help: [UInt8]?
    var hasSamples = false
    var isAnnounced = true

    func announcement() -> ExpositionFamily {
      ExpositionFamily(
        name: String(decoding: name, as: UTF8.self), type: type ?? .unknown,
        unit: String(decoding: unit ?? [], as: UTF8.self), help: String(decoding: help ?? [], as: UTF8.self))
    }
  }

  /// - Parameter isStrict: whether OpenMetrics' rules for names of families, values and the order of samples are held
  ///   besides its grammar. A scrape does without, as Prometheus does: its client for Go breaks one, in that it writes
  ///   the sum of a histogram with negative bounds.
  package init(_ format: ExpositionFormat, limits: ExpositionLimits = ExpositionLimits(), isStrict: Bool = false) {
    self.format = format
    self.limits = limits
    holdsRules = isStrict && format == .openMetrics
  }

  /// Hands what a text holds to a visitor.
  ///
  /// Where it throws, the lines before the mistake have been handed over.
  package mutating func parse(
    _ text: Span<UInt8>, into visitor: inout some ExpositionVisitor
  ) throws(ExpositionError) {
    (position, lineStart, lineEnd, lineNumber, hasEnded) = (0, 0, 0, 1, false)
    family = Family()
    rules = OpenMetricsRules()
    guard text.count <= limits.bodyBytesMax else {
      throw error("the exposition has \(text.count) bytes, more than the limit of \(limits.bodyBytesMax)")
    }
    lineNumber = 0
    while position < text.count {
      try findLine(text)
      try parseLine(text, &visitor)
      position = min(lineEnd + 1, text.count)
    }
    if text.isEmpty || text[text.count - 1] == UInt8(ascii: "\n") {
      lineStart = text.count
      lineNumber += 1
    }
    if format == .openMetrics, !hasEnded { throw error("the exposition does not end with '# EOF'") }
    try endFamily(&visitor)
  }

  private mutating func findLine(_ text: Span<UInt8>) throws(ExpositionError) {
    lineStart = position
    lineNumber += 1
    let last = min(text.count, lineStart + limits.lineBytesMax + 1)
    var end = position
    while end < last, text[end] != UInt8(ascii: "\n") { end += 1 }
    lineEnd = end
    guard end - lineStart <= limits.lineBytesMax else {
      throw error("the line is longer than \(limits.lineBytesMax) bytes")
    }
  }

  private mutating func parseLine(
    _ text: Span<UInt8>, _ visitor: inout some ExpositionVisitor
  ) throws(ExpositionError) {
    if hasEnded { throw error("nothing may follow '# EOF'") }
    if format == .text { skipBlanks(text) }
    guard position < lineEnd else {
      if format == .openMetrics { throw error("OpenMetrics has no empty lines") }
      return
    }
    guard text[position] == UInt8(ascii: "#") else {
      try parseSample(text)
      try pass(&visitor)
      return
    }
    switch format {
    case .text: try parseComment(text, &visitor)
    case .openMetrics: try parseMetadata(text, &visitor)
    }
  }

  // MARK: Metadata

  /// A line of the text format that begins with `#`; what is neither `HELP` nor `TYPE` says nothing.
  private mutating func parseComment(
    _ text: Span<UInt8>, _ visitor: inout some ExpositionVisitor
  ) throws(ExpositionError) {
    position += 1
    skipBlanks(text)
    let isHelp = takeWord("HELP", text)
    guard isHelp || takeWord("TYPE", text) else { return }
    skipBlanks(text)
    let name = try metadataName(text)
    if position < lineEnd, !isBlank(text[position]) { throw error("a blank is missing behind the name") }
    skipBlanks(text)
    if name != family.name { try beginFamily(name, &visitor) }
    if isHelp {
      family.help = unescaped(text, quotes: false)
      family.isAnnounced = false
      return
    }
    var end = lineEnd
    while end > position, isBlank(text[end - 1]) { end -= 1 }
    let word = Self.word(text, position..<end)
    guard let type = word == "untyped" ? .unknown : FamilyType.named(word) else {
      throw error("'\(word.prefix(40))' is not a type of metrics")
    }
    family.type = type
    family.isAnnounced = false
  }

  /// A line of OpenMetrics that begins with `#`.
  private mutating func parseMetadata(
    _ text: Span<UInt8>, _ visitor: inout some ExpositionVisitor
  ) throws(ExpositionError) {
    if Self.word(text, position..<min(lineEnd, position + 6)) == "# EOF" {
      hasEnded = true
      try endFamily(&visitor)
      return
    }
    let keyword = Self.word(text, position..<min(lineEnd, position + 7))
    guard ["# HELP ", "# TYPE ", "# UNIT "].contains(keyword) else {
      throw error("a line that begins with '#' is 'HELP', 'TYPE' or 'UNIT' with a name, or '# EOF'")
    }
    position += keyword.utf8.count
    let name = try metadataName(text)
    guard position < lineEnd, text[position] == UInt8(ascii: " ") else {
      throw error("a space is missing behind the name")
    }
    position += 1
    if name != family.name || family.hasSamples {
      try beginFamily(name, &visitor)
    } else {
      family.isAnnounced = false
    }
    switch keyword {
    case "# HELP ":
      if family.help != nil { throw error("a second 'HELP' of the family") }
      family.help = unescaped(text, quotes: true)
    case "# TYPE ":
      if family.type != nil { throw error("a second 'TYPE' of the family") }
      let word = Self.word(text, position..<lineEnd)
      guard let type = FamilyType.named(word) else { throw error("'\(word.prefix(40))' is not a type of metrics") }
      family.type = type
    default:
      if family.unit != nil { throw error("a second 'UNIT' of the family") }
      family.unit = unescaped(text, quotes: true)
    }
  }

  private mutating func metadataName(_ text: Span<UInt8>) throws(ExpositionError) -> [UInt8] {
    sample.bytes.removeAll(keepingCapacity: true)
    let isQuoted = position < lineEnd && text[position] == UInt8(ascii: "\"")
    let range = isQuoted ? try quoted(text, bytesMax: limits.nameBytesMax) : try plainName(text, allowsColon: true)
    if range.isEmpty { throw error("the name of a metric is missing") }
    return Array(sample.bytes[range])
  }

  // MARK: Families

  private mutating func beginFamily(
    _ name: [UInt8], _ visitor: inout some ExpositionVisitor
  ) throws(ExpositionError) {
    try endFamily(&visitor)
    family = Family()
    family.name = name
    family.isAnnounced = false
  }

  private mutating func endFamily(_ visitor: inout some ExpositionVisitor) throws(ExpositionError) {
    try announce(&visitor)
    guard holdsRules else { return }
    if let problem = rules.end(type: family.type ?? .unknown) { throw error(problem) }
  }

  /// Passes on what is said of the family, once.
  private mutating func announce(_ visitor: inout some ExpositionVisitor) throws(ExpositionError) {
    guard !family.isAnnounced else { return }
    family.isAnnounced = true
    if holdsRules {
      if let problem = unitProblem() { throw error(problem) }
      if let problem = rules.begin(family.name, type: family.type ?? .unknown) { throw error(problem) }
    }
    visitor.visit(family.announcement())
  }

  private func unitProblem() -> String? {
    guard let unit = family.unit, !unit.isEmpty else { return nil }
    if family.type == .info || family.type == .stateset { return "an info and a state set have no unit" }
    return family.name.count > unit.count && family.name.suffix(unit.count + 1).elementsEqual("_".utf8 + unit)
      ? nil : "the name of the family does not end with '_' and its unit"
  }

  /// Passes on the sample of a line.
  private mutating func pass(_ visitor: inout some ExpositionVisitor) throws(ExpositionError) {
    if holdsRules {
      let name = sample.bytes[sample.name]
      var suffix = FamilySuffix(of: name, family: family.name, type: family.type ?? .unknown)
      if suffix == nil || family.name.isEmpty {
        try beginFamily(Array(name), &visitor)
        suffix = FamilySuffix.none
      }
      try announce(&visitor)
      try hold(suffix ?? .none)
    } else {
      try announce(&visitor)
    }
    family.hasSamples = true
    visitor.visit(sample)
  }

  private mutating func hold(_ suffix: FamilySuffix) throws(ExpositionError) {
    let type = family.type ?? .unknown
    if sample.exemplar != nil {
      switch (type, suffix) {
      case (.counter, .total), (.histogram, .bucket), (.gaugehistogram, .bucket): break
      default: throw error("only the total of a counter and the buckets of a histogram have exemplars")
      }
    }
    if let problem = rules.check(sample, suffix, family.name, type: type, seconds: seconds) { throw error(problem) }
  }

  // MARK: Characters

  func error(_ reason: String) -> ExpositionError {
    ExpositionError(line: lineNumber, column: position - lineStart + 1, reason: reason)
  }

  mutating func skipBlanks(_ text: Span<UInt8>) {
    while position < lineEnd, isBlank(text[position]) { position += 1 }
  }

  func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

  /// Takes a word that a blank or the end of the line follows.
  private mutating func takeWord(_ word: String, _ text: Span<UInt8>) -> Bool {
    let end = position + word.utf8.count
    guard end <= lineEnd, end == lineEnd || isBlank(text[end]), Self.word(text, position..<end) == word else {
      return false
    }
    position = end
    return true
  }

  private static func word(_ text: Span<UInt8>, _ range: Range<Int>) -> String {
    String(decoding: range.map { text[$0] }, as: UTF8.self)
  }

  /// The rest of the line with `\\`, `\n` and, where `quotes`, `\"` resolved; other escapes stay as they are.
  private func unescaped(_ text: Span<UInt8>, quotes: Bool) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(lineEnd - position)
    var index = position
    while index < lineEnd {
      let byte = text[index]
      index += 1
      guard byte == UInt8(ascii: "\\"), index < lineEnd else {
        result.append(byte)
        continue
      }
      switch text[index] {
      case UInt8(ascii: "\\"): result.append(UInt8(ascii: "\\"))
      case UInt8(ascii: "n"): result.append(UInt8(ascii: "\n"))
      case UInt8(ascii: "\"") where quotes: result.append(UInt8(ascii: "\""))
      case let other: result += [byte, other]
      }
      index += 1
    }
    return result
  }
}

extension FamilyType {
  /// The type that OpenMetrics names so.
  fileprivate static func named(_ word: String) -> FamilyType? { allCases.first { "\($0)" == word } }
}
