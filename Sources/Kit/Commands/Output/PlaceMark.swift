/// A line of a text with a caret under the place that a message speaks of.
package enum PlaceMark {
  /// The most columns of a line that are shown before the mark.
  private static let contextWidthMax = 72

  /// The line and the caret, each after a line end; empty where the text has no such line.
  ///
  /// - Parameters:
  ///   - line: from 1.
  ///   - column: from 1, in Unicode scalars.
  package static func under(_ text: String, line: Int, column: Int) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.indices.contains(line - 1), column >= 1 else { return "" }
    let scalars = Array(lines[line - 1].unicodeScalars)
    func visible(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
      var text = String.UnicodeScalarView()
      text.append(contentsOf: scalars)
      return TextWidth.visible(String(text))
    }
    let place = min(column - 1, scalars.count)
    let first = max(0, place - contextWidthMax)
    let before = (first > 0 ? "…" : "") + visible(scalars[first..<place])
    let after = TextWidth.cut(visible(scalars[place...]), to: contextWidthMax)
    return "\n  \(before)\(after)\n  \(String(repeating: " ", count: TextWidth.of(before)))^"
  }
}
