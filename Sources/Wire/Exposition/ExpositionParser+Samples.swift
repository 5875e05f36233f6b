import Base
import SeriesBytes

extension ExpositionParser {
  private static let metricName = Array("__name__".utf8)

  /// The code points that all labels of an exemplar may have (OpenMetrics 1.0, "Exemplars").
  private static let exemplarCharactersMax = 128

  /// Reads a line with a sample into ``sample``.
  mutating func parseSample(_ text: Span<UInt8>) throws(ExpositionError) {
    sample.bytes.removeAll(keepingCapacity: true)
    sample.labels.removeAll(keepingCapacity: true)
    sample.exemplarLabels.removeAll(keepingCapacity: true)
    sample.exemplar = nil
    sample.time = nil
    sample.name = 0..<0
    seconds = nil
    sample.bytes += Self.metricName
    if text[position] != UInt8(ascii: "{") {
      sample.name = try plainName(text, allowsColon: true)
      if sample.name.isEmpty { throw error("a line begins with the name of a metric") }
    }
    if format == .text { skipBlanks(text) }
    var labels: [LabelRange] = []
    swap(&labels, &sample.labels)
    if position < lineEnd, text[position] == UInt8(ascii: "{") {
      try parseLabels(text, into: &labels, canName: sample.name.isEmpty)
    }
    if sample.name.isEmpty { throw error("the sample has no name") }
    labels.append(LabelRange(name: 0..<Self.metricName.count, value: sample.name))
    try sort(&labels)
    swap(&labels, &sample.labels)
    try gap(text, "the value")
    let value = try token(text, "the value")
    guard let number = DecimalNumber.parse(text.extracting(value)) else {
      let hasReturn = text[value.upperBound - 1] == UInt8(ascii: "\r")
      throw error(
        hasReturn
          ? "the line ends with a carriage return; end lines with a line feed alone" : "the value is not a number",
        value)
    }
    sample.value = number
    try parseTail(text)
  }

  /// Reads what may follow the value: a time, and in OpenMetrics an exemplar.
  private mutating func parseTail(_ text: Span<UInt8>) throws(ExpositionError) {
    if format == .text {
      skipBlanks(text)
      guard position < lineEnd else { return }
      let range = try token(text, "the time")
      guard let time = DecimalNumber.parseInteger(text.extracting(range)) else {
        throw error("the time is not a whole number of milliseconds", range)
      }
      sample.time = time
      skipBlanks(text)
      guard position == lineEnd else { throw error("nothing may follow the time") }
      return
    }
    guard position < lineEnd else { return }
    try gap(text, "a time or an exemplar")
    if position < lineEnd, text[position] != UInt8(ascii: "#") {
      let written = try time(text)
      (seconds, sample.time) = (written, Self.milliseconds(written))
      guard position < lineEnd else { return }
      try gap(text, "an exemplar")
    }
    try parseExemplar(text)
  }

  private mutating func parseExemplar(_ text: Span<UInt8>) throws(ExpositionError) {
    guard position < lineEnd, text[position] == UInt8(ascii: "#") else { throw error("an exemplar begins with '#'") }
    position += 1
    try gap(text, "the labels of the exemplar")
    guard position < lineEnd, text[position] == UInt8(ascii: "{") else {
      throw error("the labels of an exemplar begin with '{'")
    }
    var labels: [LabelRange] = []
    swap(&labels, &sample.exemplarLabels)
    try parseLabels(text, into: &labels, canName: false)
    try sort(&labels)
    swap(&labels, &sample.exemplarLabels)
    if holdsRules {
      let count = sample.exemplarLabels.reduce(0) { $0 + characters($1.name) + characters($1.value) }
      guard count <= Self.exemplarCharactersMax else {
        throw error("the labels of an exemplar have more than \(Self.exemplarCharactersMax) characters")
      }
    }
    try gap(text, "the value of the exemplar")
    let value = try token(text, "the value of the exemplar")
    guard let number = DecimalNumber.parse(text.extracting(value)) else {
      throw error("the value of the exemplar is not a number", value)
    }
    var exemplar = ExpositionExemplar(value: number)
    if position < lineEnd {
      try gap(text, "the time of the exemplar")
      exemplar.time = Self.milliseconds(try time(text))
    }
    guard position == lineEnd else { throw error("nothing may follow an exemplar") }
    sample.exemplar = exemplar
  }

  private func characters(_ range: Range<Int>) -> Int { sample.bytes[range].count { $0 & 0xc0 != 0x80 } }

  /// A time of OpenMetrics, in seconds.
  private mutating func time(_ text: Span<UInt8>) throws(ExpositionError) -> Double {
    let range = try token(text, "the time")
    guard let seconds = DecimalNumber.parse(text.extracting(range), allowsSpecial: false) else {
      throw error("the time is not a number of seconds", range)
    }
    return seconds
  }

  /// Cut, as in Prometheus, so that both have a sample at the same time; bounded by what 64 bits hold.
  private static func milliseconds(_ seconds: Double) -> Int64 {
    Int64(exactly: (seconds * 1000).rounded(.towardZero)) ?? (seconds < 0 ? .min : .max)
  }

  // MARK: Labels

  /// Reads labels from `{` to `}` and appends those with a value.
  ///
  /// Where `canName`, a text in quotation marks that is not a label is the metric's name.
  private mutating func parseLabels(
    _ text: Span<UInt8>, into labels: inout [LabelRange], canName: Bool
  ) throws(ExpositionError) {
    position += 1
    var count = 0
    while true {
      if format == .text { skipBlanks(text) }
      // The text format allows a comma at the end.
      if position < lineEnd, text[position] == UInt8(ascii: "}"), count == 0 || format == .text { break }
      guard count < limits.labelsMax else { throw error("more than \(limits.labelsMax) labels") }
      count += 1
      let isQuoted = position < lineEnd && text[position] == UInt8(ascii: "\"")
      let name =
        isQuoted ? try quoted(text, bytesMax: limits.nameBytesMax) : try plainName(text, allowsColon: false)
      if name.isEmpty { throw error("the name of a label is missing") }
      if format == .text { skipBlanks(text) }
      if isQuoted, canName, sample.name.isEmpty, position < lineEnd, text[position] != UInt8(ascii: "=") {
        sample.name = name
      } else {
        let value = try labelValue(text)
        if !value.isEmpty { labels.append(LabelRange(name: name, value: value)) }
      }
      if format == .text { skipBlanks(text) }
      guard position < lineEnd else { throw error("the labels have no closing '}'") }
      if text[position] == UInt8(ascii: "}") { break }
      guard text[position] == UInt8(ascii: ",") else { throw error("a comma is missing between labels") }
      position += 1
    }
    position += 1
  }

  private mutating func labelValue(_ text: Span<UInt8>) throws(ExpositionError) -> Range<Int> {
    guard position < lineEnd, text[position] == UInt8(ascii: "=") else {
      throw error("'=' is missing behind the name of a label")
    }
    position += 1
    if format == .text { skipBlanks(text) }
    guard position < lineEnd, text[position] == UInt8(ascii: "\"") else {
      throw error("the value of a label is not in quotation marks")
    }
    return try quoted(text, bytesMax: limits.valueBytesMax)
  }

  /// Sorts labels by name.
  private func sort(_ labels: inout [LabelRange]) throws(ExpositionError) {
    let finding = unsafe sample.bytes.withUnsafeBytes { unsafe LabelOrder.sort(&labels, in: $0) }
    if case .duplicate = finding { throw error("two labels have the same name") }
  }

  // MARK: Tokens

  /// What has to stand between two parts of a sample: one space, or any blanks in the text format, where a brace before
  /// suffices.
  private mutating func gap(_ text: Span<UInt8>, _ next: String) throws(ExpositionError) {
    if format == .text {
      skipBlanks(text)
      return
    }
    guard position < lineEnd, text[position] == UInt8(ascii: " ") else {
      throw error("a space is missing before \(next)")
    }
    position += 1
  }

  /// The bytes up to a blank or the end of the line.
  private mutating func token(_ text: Span<UInt8>, _ what: String) throws(ExpositionError) -> Range<Int> {
    let start = position
    while position < lineEnd, !isBlank(text[position]) { position += 1 }
    if position == start { throw error("\(what) is missing") }
    return start..<position
  }

  private mutating func error(_ reason: String, _ token: Range<Int>) -> ExpositionError {
    position = token.lowerBound
    return error(reason)
  }

  /// Copies a name without quotation marks; empty where none begins.
  mutating func plainName(_ text: Span<UInt8>, allowsColon: Bool) throws(ExpositionError) -> Range<Int> {
    let start = sample.bytes.count
    while position < lineEnd {
      let byte = text[position]
      let isLetter = (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "_")
      guard
        isLetter || (allowsColon && byte == UInt8(ascii: ":"))
          || (DecimalNumber.isDigit(byte) && sample.bytes.count > start)
      else { break }
      sample.bytes.append(byte)
      position += 1
    }
    let name = start..<sample.bytes.count
    guard name.count <= limits.nameBytesMax else { throw error("a name is longer than \(limits.nameBytesMax) bytes") }
    return name
  }

  /// Copies a text in quotation marks with `\\`, `\n` and `\"` resolved; other escapes stay as they are.
  mutating func quoted(_ text: Span<UInt8>, bytesMax: Int) throws(ExpositionError) -> Range<Int> {
    let start = sample.bytes.count
    let opening = position
    position += 1
    while true {
      guard position < lineEnd else {
        position = opening
        throw error("a text has no closing quotation mark")
      }
      var byte = text[position]
      position += 1
      if byte == UInt8(ascii: "\"") { break }
      if byte == UInt8(ascii: "\\"), position < lineEnd {
        switch text[position] {
        case UInt8(ascii: "n"): byte = UInt8(ascii: "\n")
        case UInt8(ascii: "\\"): break
        case UInt8(ascii: "\""): byte = UInt8(ascii: "\"")
        default:
          sample.bytes.append(byte)
          byte = text[position]
        }
        position += 1
      }
      sample.bytes.append(byte)
    }
    let range = start..<sample.bytes.count
    guard range.count <= bytesMax else { throw error("a text is longer than \(bytesMax) bytes", opening..<position) }
    let isUTF8 = unsafe sample.bytes.withUnsafeBytes { bytes in
      unsafe UTF8Text.firstInvalidOffset(UnsafeRawBufferPointer(rebasing: bytes[range])) == nil
    }
    guard isUTF8 else { throw error("a text is not valid UTF-8", opening..<position) }
    return range
  }
}
