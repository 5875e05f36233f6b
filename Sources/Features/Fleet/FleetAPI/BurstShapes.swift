import API
import Base
import JSON

/// A burst that was asked for.
struct BurstRequest: Sendable {
  let node: String
  let seconds: Int64
  /// At the latest.
  let until: UnixNanoseconds
  let isRunning: Bool

  static let shape = JSONShape<BurstRequest>.object { request in
    request.member("node", .string) { $0.node }
    request.member("seconds", .integer) { $0.seconds }
    request.member(
      "state",
      JSONShape.choice(["running", "asked"]).described("`asked`: the node begins when it has reported, within 5 s.")
    ) { $0.isRunning ? "running" : "asked" }
    request.member("until", JSONShape.dateTime.described("When it ends, at the latest.")) { $0.until }
  }
  .named("GpuBurst")
}

/// The body of a request for a burst.
enum BurstBody {
  static let secondsMax: Int64 = 60
  private static let secondsDefault: Int64 = 30

  private static let seconds = JSONMember<Int64?>(
    "seconds", "How long. Default: \(secondsDefault).",
    schema: Schema.json([
      ("type", .string("integer")), ("minimum", .number(.int(1))), ("maximum", .number(.int(secondsMax))),
      ("default", .number(.int(secondsDefault))),
    ])
  ) { value throws(InputMistake) in
    guard let seconds = value.int, (1...secondsMax).contains(seconds) else {
      throw InputMistake("expected a whole number from 1 to \(secondsMax)")
    }
    return seconds
  }

  static let definition = BodyDefinition("GpuBurstBody", [seconds.definition], bytesMax: 1_024)

  static func seconds(_ body: JSONObject) -> Int64 { body[seconds] ?? secondsDefault }
}
