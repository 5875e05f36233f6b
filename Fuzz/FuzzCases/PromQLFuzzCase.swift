import Base
import PromQL
import Series

/// Properties of PromQL's parser that hold for every text.
///
/// It neither traps nor runs away; an error points into the text, at the same place when lines are put before it; and
/// what is printed of an expression, in one line or in many, parses to what is printed the same.
package enum PromQLFuzzCase {
  package static func run(_ input: [UInt8]) {
    let text = String(decoding: input, as: UTF8.self)
    do throws(PromQLError) {
      let expression = try PromQLParser(patterns: AnyPattern()).parse(text)
      checkPrinting(expression, text)
      PromQLEvaluationFuzz.run(expression)
    } catch {
      let position = error.position
      precondition((0...text.utf8.count).contains(position.offset), "an error beyond the text: \(error)")
      precondition(position.line >= 1 && position.column >= 1 && !error.message.isEmpty, "an error without place")
      if text.utf8.count < PromQLLimits().queryBytesMax, !text.isEmpty { moveDown(text, error) }
    }
  }

  private static func checkPrinting(_ expression: PromQLExpression, _ text: String) {
    let printed = expression.description
    precondition(expression.tree != .null, "no tree of \(text)")
    // Numbers are printed without exponent, and lines with indentation, so that the text can grow.
    var limits = PromQLLimits()
    limits.queryBytesMax = 256 << 20
    for again in [printed, expression.formatted(), expression.formatted(lineBytesMax: 10)] {
      do throws(PromQLError) {
        let parsed = try PromQLParser(patterns: AnyPattern(), limits: limits).parse(again)
        precondition(parsed.description == printed && parsed.type == expression.type, "\(again) changes \(printed)")
      } catch {
        preconditionFailure("\(again), printed of \(text), does not parse: \(error)")
      }
    }
  }

  private static func moveDown(_ text: String, _ error: PromQLError) {
    do throws(PromQLError) {
      _ = try PromQLParser(patterns: AnyPattern()).parse("\n" + text)
      preconditionFailure("a line break makes \(text) right")
    } catch let moved {
      precondition(
        moved.message == error.message
          && (moved.position.line == error.position.line + 1 || error.message == "no expression found in input"),
        "\(error) moves to \(moved)")
    }
  }
}

/// Takes each expression for one that matches nothing but itself.
struct AnyPattern: TextPatternCompiler {
  func compile(_ expression: String) throws(TextPatternError) -> any TextPattern {
    if expression.utf8.count > 1_024 { throw TextPatternError("too long") }
    return Itself(text: expression)
  }

  private struct Itself: TextPattern {
    let text: String

    func matches(_ other: String) -> Bool { other == text }

    func expand(_ template: String, matching other: String) -> String? { matches(other) ? template : nil }
  }
}
