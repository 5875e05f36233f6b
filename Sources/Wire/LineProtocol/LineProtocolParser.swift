import Base
import SeriesBytes

/// Reads InfluxDB's line protocol line by line; a line with a mistake is left out alone.
///
/// The grammar is that of InfluxDB 2 (https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/).
package struct LineProtocolParser {
  private let precision: LineProtocolPrecision
  private let limits: LineProtocolLimits
  /// Where the next byte is read.
  private var position = 0
  /// Where the point ends at the latest: the end of the text, or of what a line may have.
  private var limit = 0
  private var lineStart = 0
  private var lineNumber = 0
  private var point = LineProtocolPoint()

  package init(_ precision: LineProtocolPrecision, limits: LineProtocolLimits = LineProtocolLimits()) {
    self.precision = precision
    self.limits = limits
  }

  /// Hands each point of a text, and what is wrong with the other lines, to a visitor.
  package mutating func parse(_ text: Span<UInt8>, into visitor: inout some LineProtocolVisitor) {
    (position, lineStart, lineNumber) = (0, 0, 1)
    while position < text.count {
      // One more than a line may have, so that what is too long is seen.
      limit = min(text.count, position + limits.lineBytesMax + 1)
      do throws(Mistake) {
        if try parseLine(text) { visitor.visit(point) }
      } catch {
        let (line, start) = lineOf(error.position, text)
        visitor.refuse(LineProtocolError(line: line, column: error.position - start + 1, reason: error.reason))
        // A mistake before the line that was reached is one of the whole point, and the point is behind.
        if error.position >= lineStart { position = error.position }
      }
      skipLine(text)
    }
  }

  /// What is wrong, and where in the text.
  private struct Mistake: Error {
    let position: Int
    let reason: String
  }

  private func mistake(_ reason: String, at place: Int? = nil) -> Mistake {
    Mistake(position: place ?? position, reason: reason)
  }

  /// The number and the start of a line that was read: a point whose texts have several is checked at its end.
  private func lineOf(_ place: Int, _ text: Span<UInt8>) -> (number: Int, start: Int) {
    var (number, start) = (lineNumber, lineStart)
    while place < start {
      number -= 1
      start -= 1
      while start > 0, text[start - 1] != UInt8(ascii: "\n") { start -= 1 }
    }
    return (number, start)
  }

  /// Goes behind the end of the line.
  private mutating func skipLine(_ text: Span<UInt8>) {
    while position < text.count, text[position] != UInt8(ascii: "\n") { position += 1 }
    position = min(position + 1, text.count)
    beginLine()
  }

  private mutating func beginLine() {
    lineNumber += 1
    lineStart = position
  }

  /// Reads a line; false for one that is empty or a comment.
  private mutating func parseLine(_ text: Span<UInt8>) throws(Mistake) -> Bool {
    let start = position
    skipSpaces(text)
    if isAtEnd(text) || byte(text) == UInt8(ascii: "#") { return false }
    point.bytes.removeAll(keepingCapacity: true)
    point.tags.removeAll(keepingCapacity: true)
    point.fields.removeAll(keepingCapacity: true)
    point.time = nil
    let place = position
    point.measurement = name(text, .measurement)
    guard !point.measurement.isEmpty else { throw mistake("the line has no measurement") }
    if point.measurement.count > limits.nameBytesMax {
      throw mistake("the measurement has more than \(limits.nameBytesMax) bytes", at: place)
    }
    while byte(text) == UInt8(ascii: ",") { try parseTag(text) }
    guard byte(text) == UInt8(ascii: " ") else { throw end(text, "the line has no field") }
    skipSpaces(text)
    repeat { try parseField(text) } while take(UInt8(ascii: ","), text)
    skipSpaces(text)
    try parseTime(text)
    guard isAtEnd(text) else { throw mistake("nothing may follow the time") }
    if position - start > limits.lineBytesMax { throw mistake("the line is longer than \(limits.lineBytesMax) bytes") }
    if let offset = Self.firstInvalidOffset(text, start..<position) {
      throw mistake("the line is not UTF-8", at: start + offset)
    }
    return true
  }

  /// What is wrong where the text of a point stops.
  private func end(_ text: Span<UInt8>, _ reason: String) -> Mistake {
    position == limit && limit < text.count
      ? mistake("the line is longer than \(limits.lineBytesMax) bytes", at: limit - 1) : mistake(reason)
  }

  // MARK: Tags

  private mutating func parseTag(_ text: Span<UInt8>) throws(Mistake) {
    position += 1
    let place = position
    let key = name(text, .key)
    guard !key.isEmpty else { throw end(text, "the tag has no name") }
    if key.count > limits.nameBytesMax {
      throw mistake("the name of the tag has more than \(limits.nameBytesMax) bytes", at: place)
    }
    guard take(UInt8(ascii: "="), text) else { throw end(text, "the tag has no '=' and value") }
    let valuePlace = position
    let value = name(text, .key)
    if value.count > limits.valueBytesMax {
      throw mistake("the value of the tag has more than \(limits.valueBytesMax) bytes", at: valuePlace)
    }
    if byte(text) == UInt8(ascii: "=") { throw mistake("in the value of a tag '=' is written '\\='") }
    guard point.tags.count < limits.tagsMax else {
      throw mistake("the point has more than \(limits.tagsMax) tags", at: place)
    }
    point.tags.append(LabelRange(name: key, value: value))
  }

  // MARK: Fields

  private mutating func parseField(_ text: Span<UInt8>) throws(Mistake) {
    let place = position
    let key = name(text, .key)
    guard !key.isEmpty else { throw end(text, "the field has no name") }
    if point.measurement.count + 1 + key.count > limits.nameBytesMax {
      throw mistake("the measurement and the field have more than \(limits.nameBytesMax) bytes together", at: place)
    }
    guard take(UInt8(ascii: "="), text) else { throw end(text, "the field has no '=' and value") }
    guard point.fields.count < limits.fieldsMax else {
      throw mistake("the point has more than \(limits.fieldsMax) fields", at: place)
    }
    if byte(text) == UInt8(ascii: "\"") {
      try skipString(text)
      point.fields.append(LineProtocolField(name: key, value: nil))
    } else {
      point.fields.append(LineProtocolField(name: key, value: try number(text)))
    }
  }

  /// Skips a text in quotation marks, which may have several lines.
  private mutating func skipString(_ text: Span<UInt8>) throws(Mistake) {
    let (start, line, lineStart) = (position, lineNumber, lineStart)
    position += 1
    while position < limit {
      switch text[position] {
      case UInt8(ascii: "\""):
        position += 1
        return
      case UInt8(ascii: "\\") where position + 1 < limit && text[position + 1] != UInt8(ascii: "\n"): position += 2
      case UInt8(ascii: "\n"):
        position += 1
        beginLine()
      default: position += 1
      }
    }
    let isTooLong = limit < text.count
    // The mistake is where the text begins, and the next line may be a point.
    (position, lineNumber, self.lineStart) = (start, line, lineStart)
    throw mistake(
      isTooLong
        ? "the line is longer than \(limits.lineBytesMax) bytes" : "the text has no closing quotation mark")
  }

  private mutating func number(_ text: Span<UInt8>) throws(Mistake) -> Double {
    let start = position
    while let byte = byte(text), !Self.endsToken(byte) { position += 1 }
    let token = text.extracting(start..<position)
    guard !token.isEmpty else { throw end(text, "the field has no value") }
    if position == limit, limit < text.count { throw end(text, "") }
    if let value = Self.value(token) { return value }
    throw mistake("the value is neither a number, a boolean nor a text in quotation marks", at: start)
  }

  private static func value(_ token: Span<UInt8>) -> Double? {
    switch token[token.count - 1] {
    case UInt8(ascii: "i"):
      return DecimalNumber.parseInteger(token.extracting(droppingLast: 1)).map { Double($0) }
    case UInt8(ascii: "u"): return unsigned(token.extracting(droppingLast: 1)).map { Double($0) }
    default: break
    }
    if let number = DecimalNumber.parse(token, allowsSpecial: false) { return number.isFinite ? number : nil }
    switch String(decoding: token.indices.map { token[$0] }, as: UTF8.self) {
    case "t", "T", "true", "True", "TRUE": return 1
    case "f", "F", "false", "False", "FALSE": return 0
    default: return nil
    }
  }

  private static func unsigned(_ token: Span<UInt8>) -> UInt64? {
    guard !token.isEmpty else { return nil }
    var value: UInt64 = 0
    for index in token.indices {
      guard DecimalNumber.isDigit(token[index]) else { return nil }
      let (scaled, overflowed) = value.multipliedReportingOverflow(by: 10)
      let (next, exceeded) = scaled.addingReportingOverflow(UInt64(token[index] - UInt8(ascii: "0")))
      guard !overflowed, !exceeded else { return nil }
      value = next
    }
    return value
  }

  // MARK: The time

  private mutating func parseTime(_ text: Span<UInt8>) throws(Mistake) {
    guard !isAtEnd(text) else { return }
    let start = position
    while let byte = byte(text), !Self.endsToken(byte) { position += 1 }
    if position == limit, limit < text.count { throw end(text, "") }
    guard let time = DecimalNumber.parseInteger(text.extracting(start..<position)) else {
      throw mistake("the time is not a whole number of 64 bits", at: start)
    }
    guard let milliseconds = precision.milliseconds(time) else {
      throw mistake("the time is beyond 64 bits of milliseconds", at: start)
    }
    point.time = milliseconds
    skipSpaces(text)
  }

  /// Whether each line of a text has a time, so that the text says the same whenever it comes.
  ///
  /// A line that only looks as if it had none counts as one without.
  package static func isTimed(_ text: Span<UInt8>) -> Bool {
    var start = 0
    while start < text.count {
      var end = start
      while end < text.count, text[end] != UInt8(ascii: "\n") { end += 1 }
      if !isTimed(text, start..<end) { return false }
      start = end + 1
    }
    return true
  }

  private static func isTimed(_ text: Span<UInt8>, _ line: Range<Int>) -> Bool {
    var end = line.upperBound
    while end > line.lowerBound, isSpace(text[end - 1]) || text[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    var start = line.lowerBound
    while start < end, isSpace(text[start]) { start += 1 }
    guard start < end, text[start] != UInt8(ascii: "#") else { return true }
    var place = end
    while place > start, DecimalNumber.isDigit(text[place - 1]) { place -= 1 }
    if place > start, place < end, text[place - 1] == UInt8(ascii: "-") { place -= 1 }
    return place < end && place > start && isSpace(text[place - 1])
  }

  // MARK: Characters

  /// A name whose ends and escapes depend on where it stands.
  private enum Place { case measurement, key }

  /// Appends a name to the texts of the point, escapes resolved.
  private mutating func name(_ text: Span<UInt8>, _ place: Place) -> Range<Int> {
    let start = point.bytes.count
    while position < limit {
      let byte = text[position]
      if byte == UInt8(ascii: "\\"), position + 1 < limit, Self.ends(text[position + 1], place) {
        point.bytes.append(text[position + 1])
        position += 2
        continue
      }
      if Self.ends(byte, place) || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { break }
      point.bytes.append(byte)
      position += 1
    }
    return start..<point.bytes.count
  }

  private static func ends(_ byte: UInt8, _ place: Place) -> Bool {
    byte == UInt8(ascii: ",") || byte == UInt8(ascii: " ") || byte == UInt8(ascii: "=") && place == .key
  }

  private static func endsToken(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") || isSpace(byte)
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

  private func byte(_ text: Span<UInt8>) -> UInt8? { position < limit ? text[position] : nil }

  private mutating func take(_ byte: UInt8, _ text: Span<UInt8>) -> Bool {
    guard self.byte(text) == byte else { return false }
    position += 1
    return true
  }

  private mutating func skipSpaces(_ text: Span<UInt8>) {
    while let byte = byte(text), Self.isSpace(byte) { position += 1 }
  }

  /// Whether the line ends here.
  private func isAtEnd(_ text: Span<UInt8>) -> Bool {
    if position == text.count || byte(text) == UInt8(ascii: "\n") { return true }
    return byte(text) == UInt8(ascii: "\r")
      && (position + 1 == text.count || text[position + 1] == UInt8(ascii: "\n"))
  }

  private static func firstInvalidOffset(_ text: Span<UInt8>, _ range: Range<Int>) -> Int? {
    unsafe text.extracting(range).withUnsafeBytes { unsafe UTF8Text.firstInvalidOffset($0) }
  }
}
