import LineProtocol
import SeriesBytes

/// Properties of the parser of line protocol: it never traps, a line is a point, a mistake or nothing, mistakes lie in
/// their lines, and a text that counts as timed has no point without a time.
package enum LineProtocolFuzzCase {
  package static func run(_ input: [UInt8]) {
    let lines = input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let isTimed = LineProtocolParser.isTimed(input.span)
    for precision in LineProtocolPrecision.allCases {
      var parser = LineProtocolParser(precision)
      var checker = Checker(lineLengths: lines.map(\.count), isTimed: isTimed)
      parser.parse(input.span, into: &checker)
      precondition(checker.count <= lines.count, "\(checker.count) points and mistakes in \(lines.count) lines")
    }
  }

  private struct Checker: LineProtocolVisitor {
    let lineLengths: [Int]
    let isTimed: Bool
    var count = 0
    var lastLine = 0

    mutating func visit(_ point: borrowing LineProtocolPoint) {
      count += 1
      precondition(!point.measurement.isEmpty && !point.fields.isEmpty, "a point without measurement or field")
      precondition(point.time != nil || !isTimed, "a point without a time in a timed text")
      let size = point.bytes.count
      for tag in point.tags { precondition(!tag.name.isEmpty && tag.value.upperBound <= size, "a tag beyond its text") }
      for field in point.fields {
        precondition(!field.name.isEmpty && field.name.upperBound <= size, "a field beyond its text")
        precondition(field.value?.isFinite ?? true, "a value that is not finite")
      }
    }

    mutating func refuse(_ error: LineProtocolError) {
      count += 1
      precondition((1...lineLengths.count).contains(error.line), "\(error) in \(lineLengths.count) lines")
      precondition((1...lineLengths[error.line - 1] + 1).contains(error.column), "\(error) is beyond its line")
      precondition(error.line > lastLine, "two mistakes of one line")
      lastLine = error.line
    }
  }
}
