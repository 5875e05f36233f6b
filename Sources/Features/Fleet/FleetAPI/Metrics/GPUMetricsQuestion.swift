import API
import Base
import GPUCollection
import JSON

/// Which metrics of a GPU are asked for, and in which steps.
struct GPUMetricsQuestion: Sendable {
  /// Most values of one response: some 15 MB of JSON.
  private static let pointCountMax = 200_000
  /// As many as a range query of PromQL has.
  private static let stepCountMax: Int64 = 11_000
  private static let namePrefix = "axonize_gpu_"
  private static let second: Int64 = 1_000_000_000

  static let metrics = Parameter<[GPUMetric]?>.list(
    "metrics",
    "The metrics, separated by commas, with or without `axonize_gpu_` before them; default: all that the GPU has.",
    prefix: namePrefix)
  static let step = Parameter.duration(
    "step", "The width of a step, as in `/metrics/history`. Default: a hundredth of the range, in whole seconds.")
  static let aggregations = Parameter<[GPUStatistic]?>.list(
    "aggregations", "Which statistics each step has, separated by commas. Default: `mean,min,max`.")

  let range: TimeRange
  /// In nanoseconds.
  let step: Int64
  /// Nil for all that the GPU has.
  let metrics: [GPUMetric]?
  let statistics: [GPUStatistic]

  init(_ call: Call<Void>) throws(Problem) {
    range = try call.range()
    metrics = call[Self.metrics]
    statistics = call[Self.aggregations] ?? [.mean, .min, .max]
    step = call[Self.step] ?? max(1, range.durationNanoseconds / 100 / Self.second) * Self.second
    guard step >= 1_000_000 else { throw .invalid("step", "is less than a millisecond") }
    let countMax = min(Self.stepCountMax, Int64(Self.pointCountMax / (metrics ?? GPUMetric.allCases).count))
    guard range.durationNanoseconds / step <= countMax else {
      throw .invalid(
        "step", "the range has more than \(countMax) steps; take a longer step, a shorter range, or fewer metrics")
    }
  }
}

extension Input where Source == ParameterSource {
  /// Names of a list, separated by commas.
  ///
  /// - Parameter prefix: what may be left out at the beginning of each.
  fileprivate static func list<Word: RawRepresentable & CaseIterable & Sendable & Hashable>(
    _ name: String, _ description: String, prefix: String = ""
  ) -> Input where Value == [Word]?, Word.RawValue == String {
    let known = Word.allCases.map { String($0.rawValue.dropFirst(prefix.count)) }
    let word = "(\(prefix.isEmpty ? "" : "(\(prefix))?")(\(known.joined(separator: "|"))))"
    let schema = Schema.json([
      ("type", .string("string")), ("pattern", .string("^\(word)(,\(word)){0,\(known.count - 1)}$")),
    ])
    return Input(name, description, schema: schema) { text, _ throws(InputMistake) in
      var words: [Word] = []
      for part in text.split(separator: ",", omittingEmptySubsequences: false) {
        guard let word = Word(rawValue: part.hasPrefix(prefix) ? String(part) : prefix + part) else {
          throw InputMistake("there is no '\(part.prefix(80))'; the OpenAPI document has the names")
        }
        if !words.contains(word) { words.append(word) }
      }
      return words
    }
  }
}

/// How the samples of a step become one value.
enum GPUStatistic: String, CaseIterable, Sendable {
  case mean, min, max, p50, p95, p99
}
