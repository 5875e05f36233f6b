import API
import Base
import JSON
import Series
import SeriesBytes

/// A sample as `POST /api/v1/metrics/push` takes it.
struct PushedSample: Equatable {
  var name = ""
  /// Names and values, the metric's name not among them.
  var labels: [Label] = []
  var value = 0.0
  var time: PushedTime?
  var type: FamilyType?
  var unit: String?
  var help: String?

  /// Labels of a series, its name among them; 100, as for the other ways in.
  static let labelsMax = 100
  /// Bytes of the name of a metric or a label.
  static let nameBytesMax = 1024
  /// Bytes of a label's value, a unit or a help text.
  static let textBytesMax = 4096

  /// Until the end of the year 9999.
  private static let milliseconds = Schema.json([
    ("type", .string("integer")), ("minimum", .number(.int(0))), ("maximum", .number(.int(253_402_300_799_999))),
  ])

  static let schemaName = "PushedSample"
  static let schema: JSONValue = {
    let name = JSONValue.object((Schema.string.members ?? []) + [.init("minLength", .number(.int(1)))])
    let labels = Schema.json([
      ("type", .string("object")), ("additionalProperties", Schema.string),
      ("propertyNames", Schema.json([("minLength", .number(.int(1)))])),
      ("maxProperties", .number(.int(Int64(labelsMax - 1)))),
    ])
    let object = Schema.object(
      [
        ("name", Schema.described(name, "The name of the metric; at most \(nameBytesMax) bytes.")),
        (
          "labels",
          Schema.described(
            labels,
            "Names of at most \(nameBytesMax) bytes, values of at most \(textBytesMax); an empty value is no label.")
        ),
        (
          "value",
          Schema.described(
            Schema.either(Schema.number, Schema.choice(PushedSamples.specialValues.map(\.text))), "The value.")
        ),
        (
          "time",
          Schema.described(
            Schema.either(milliseconds, Schema.string),
            "Milliseconds since 1970, or an RFC 3339 date and time; without it, when the request came.")
        ),
        ("type", Schema.described(Schema.choice(FamilyType.allCases.map { "\($0)" }), "The type of the metric.")),
        ("unit", Schema.described(Schema.string, "The unit of the metric, e.g. `seconds`.")),
        ("help", Schema.described(Schema.string, "What the metric means.")),
      ], optional: ["labels", "time", "type", "unit", "help"])
    return .object((object.members ?? []) + [.init("additionalProperties", .bool(false))])
  }()
}

/// The time of a pushed sample.
enum PushedTime: Equatable {
  /// Since 1970.
  case milliseconds(Int64)
  /// A text that is not a date and a time of the years 1970 to 2262.
  case unreadable(String)
}
