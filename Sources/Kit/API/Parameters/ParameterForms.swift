package import Base
import JSON

/// Texts of parameters and of paths.
enum ParameterText {
  static let schema = Schema.json([
    ("type", .string("string")), ("minLength", .number(.int(1))),
    ("maxLength", .number(.int(Int64(ParameterLimits.textLengthMax)))), ("pattern", .string("^[^\\u0000]*$")),
  ])

  static func check(_ text: String) throws(InputMistake) -> String {
    guard text.unicodeScalars.count <= ParameterLimits.textLengthMax else {
      throw InputMistake("is longer than \(ParameterLimits.textLengthMax) characters")
    }
    guard !text.utf8.contains(0) else { throw InputMistake("holds a NUL character") }
    return text
  }
}

extension Input where Source == ParameterSource, Value == String? {
  /// Text of 1 to ``ParameterLimits/textLengthMax`` characters.
  package static func text(_ name: String, _ description: String) -> Input {
    Input(name, description, schema: ParameterText.schema) { text, _ throws(InputMistake) in
      try ParameterText.check(text)
    }
  }

  /// `next_cursor` of the page before; read by ``Call/cursor()``.
  package static let cursor = Parameter.text(
    "cursor", "`next_cursor` of the page before; the other parameters must stay the same.")
}

/// One of several names.
extension Input where Source == ParameterSource {
  package static func choice<Choice: RawRepresentable & CaseIterable & Sendable>(
    _ name: String, _ description: String
  ) -> Input where Value == Choice?, Choice.RawValue == String {
    choice(name, description, Choice.allCases.map { ($0.rawValue, $0) })
  }

  package static func choice<Choice: Sendable>(
    _ name: String, _ description: String, _ choices: [(word: String, value: Choice)]
  ) -> Input where Value == Choice? {
    Input(name, description, schema: Schema.choice(choices.map(\.word))) { text, _ throws(InputMistake) in
      guard let choice = choices.first(where: { $0.word == text }) else {
        throw InputMistake("expected one of \(choices.map(\.word).joined(separator: ", "))")
      }
      return choice.value
    }
  }
}

extension Input where Source == ParameterSource, Value == Int {
  /// A whole number of a range.
  package static func integer(
    _ name: String, _ description: String, _ range: ClosedRange<Int>, default defaultValue: Int
  ) -> Input {
    let schema = Schema.json([
      ("type", .string("integer")), ("minimum", .number(.int(Int64(range.lowerBound)))),
      ("maximum", .number(.int(Int64(range.upperBound)))), ("default", .number(.int(Int64(defaultValue)))),
    ])
    return Parameter<Int?>(name, description, schema: schema) { text, _ throws(InputMistake) in
      guard let number = Int(text), range.contains(number) else {
        throw InputMistake("expected a whole number from \(range.lowerBound) to \(range.upperBound)")
      }
      return number
    }
    .defaulting(to: defaultValue)
  }

  /// The most items of a page.
  package static func limit(default defaultValue: Int, max: Int = 1_000) -> Input {
    integer("limit", "The most items of a page.", 1...max, default: defaultValue)
  }
}

/// Spans of time in nanoseconds.
extension Input where Source == ParameterSource, Value == Int64? {
  /// Milliseconds from 0, with a fraction if wanted.
  package static func milliseconds(_ name: String, _ description: String) -> Input {
    let schema = Schema.json([
      ("type", .string("number")), ("minimum", .number(.int(0))), ("maximum", .number(.int(9_000_000_000_000))),
    ])
    return Input(name, description, schema: schema) { text, _ throws(InputMistake) in
      guard let number = Double(text), number >= 0, number <= 9e12, text.utf8.allSatisfy(isDecimal) else {
        throw InputMistake("expected milliseconds, a number from 0")
      }
      return Int64((number * 1e6).rounded())
    }
  }

  /// `30s`, `5m`, `1h`.
  package static func duration(_ name: String, _ description: String) -> Input {
    let schema = Schema.json([
      ("type", .string("string")),
      ("pattern", .string("^([1-9][0-9]{0,5}(ms|s|m)|[1-9][0-9]{0,4}h|[1-9][0-9]{0,3}d)$")),
    ])
    return Input(name, description, schema: schema) { text, _ throws(InputMistake) in
      guard let nanoseconds = DurationText.parse(text), nanoseconds > 0 else {
        throw InputMistake("expected a duration such as 30s, 5m or 1h")
      }
      return nanoseconds
    }
  }

  private static func isDecimal(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || ".eE+-".utf8.contains(byte)
  }
}

extension Input where Source == ParameterSource, Value == UnixNanoseconds? {
  /// A duration that leads from now to a time that is taken.
  private static let distance = "[0-9]{1,6}(ns|us|ms|s|m)|[0-9]{1,5}h|[0-9]{1,4}d|[0-9]{1,3}w"

  /// RFC 3339, `now`, `now-15m` or `-15m`.
  package static func time(_ name: String, _ description: String) -> Input {
    let schema = Schema.either(
      Schema.json([
        ("type", .string("string")), ("format", .string("date-time")),
        ("pattern", .string("^(19[7-9][0-9]|2[01][0-9][0-9])-")),
      ]),
      Schema.json([
        ("type", .string("string")), ("pattern", .string("^(now([+-](\(distance)))?|-(\(distance)))$")),
      ]))
    return Input(name, description, schema: schema) { text, now throws(InputMistake) in
      guard let time = TimeText.parse(text, now: now) else {
        throw InputMistake("expected an RFC 3339 time such as 2026-11-21T08:00:00Z, or now, now-15m, -15m")
      }
      return time
    }
  }
}

extension Input where Source == ParameterSource, Value == TraceID? {
  /// 32 hexadecimal digits.
  package static func traceID(_ name: String, _ description: String) -> Input {
    let schema = Schema.json([("type", .string("string")), ("pattern", .string("^[0-9a-fA-F]{32}$"))])
    return Input(name, description, schema: schema) { text, _ throws(InputMistake) in
      guard let id = TraceID(hex: text) else { throw InputMistake("expected 32 hexadecimal digits") }
      return id
    }
  }
}

extension Input where Source == ParameterSource, Value == SpanID? {
  /// 16 hexadecimal digits.
  package static func spanID(_ name: String, _ description: String) -> Input {
    let schema = Schema.json([("type", .string("string")), ("pattern", .string("^[0-9a-fA-F]{16}$"))])
    return Input(name, description, schema: schema) { text, _ throws(InputMistake) in
      guard let id = SpanID(hex: text) else { throw InputMistake("expected 16 hexadecimal digits") }
      return id
    }
  }
}

/// The parameters `start` and `end` of what is read over time.
package enum TimeRangeParameters {
  package static let start = Parameter.time(
    "start",
    "Start of the time range, inclusive: RFC 3339, or relative to now as `-15m`, `now-1h`. Default: one hour before `end`."
  )
  package static let end = Parameter.time(
    "end", "End of the time range, exclusive: RFC 3339, or relative. Default: now.")

  package static let all = [start.definition, end.definition]
}
