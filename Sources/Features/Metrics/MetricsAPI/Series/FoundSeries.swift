import API
import Base
import Engine
import MetricsIndex
import MetricsQueries
import PromQL
import Series

/// What series a request selects.
struct SeriesFilter: Sendable {
  /// Each is a search of its own; no series fulfils two of them.
  private let searches: [[LabelMatcher]]
  private let kind: MetricMetadata.Kind?

  init(_ call: MetricsCall) throws {
    let patterns = call.context.api.patterns
    var matchers = try call[SeriesParameters.match].map { try Self.matchers($0, of: "match", patterns) } ?? []
    if let name = call[SeriesParameters.name] { matchers.append(LabelMatcher(Label.metricName, equals: name)) }
    matchers += call[SeriesParameters.labels].map { LabelMatcher($0.key, equals: $0.value) }
    kind = call[SeriesParameters.type]
    guard let host = call[SeriesParameters.host] else {
      searches = [matchers]
      return
    }
    // No letter or digit means something of its own in a regular expression.
    let escaped = host.unicodeScalars.reduce(into: "") { text, scalar in
      if scalar.isASCII, !scalar.properties.isAlphabetic, !("0"..."9").contains(scalar) { text += "\\" }
      text.unicodeScalars.append(scalar)
    }
    let instance: LabelMatcher
    do throws(TextPatternError) {
      instance = try LabelMatcher("instance", .matches, "\(escaped)(:[0-9]+)?", compiler: patterns)
    } catch {
      throw Problem.invalid("host", "cannot be searched for: \(error)")
    }
    searches = [
      matchers + [LabelMatcher("host", equals: host)], matchers + [LabelMatcher("host", equals: ""), instance],
    ]
  }

  /// The matchers of a parameter that is a selector.
  static func matchers(
    _ text: String, of parameter: String, _ patterns: any TextPatternCompiler
  ) throws(Problem) -> [LabelMatcher] {
    do throws(PromQLError) {
      return try PromQLParser(patterns: patterns).matchers(text)
    } catch {
      throw .invalid([.init(.parameter(parameter), "is not a selector: \(error.message)", at: error.position)])
    }
  }

  /// The series that may have samples in a range, by name, then in an order that stays.
  func series(_ range: MillisecondRange, in source: TenantSeriesSource) throws(SeriesError) -> [IndexedSeries] {
    var found: [IndexedSeries] = []
    for matchers in searches { found += try source.find(matchers, after: range.after, through: range.through) }
    if let kind, !found.isEmpty {
      let kinds = try MetricKinds(source)
      found.removeAll { kinds[$0.labels.metricName] != kind }
    }
    // Names are looked up once each, not in every comparison.
    return found.map { ($0.labels.metricName, $0) }
      .sorted { left, right in
        left.0.hasSameBytes(as: right.0) ? left.1.id < right.1.id : left.0.precedes(right.0)
      }
      .map(\.1)
  }
}

/// What clients said of metrics.
struct MetricKinds: Sendable {
  private let families: [String: MetricMetadata]

  /// The most metrics whose types are read; those behind, by name, are unknown.
  private static let familyCountMax = 100_000

  init(_ source: TenantSeriesSource) throws(SeriesError) {
    let metadata = try source.metadata(of: nil, limit: Self.familyCountMax)
    families = Dictionary(metadata.map { ($0.family, $0) }) { first, _ in first }
  }

  /// The type of the metric to which series of a name belong.
  subscript(name: String) -> MetricMetadata.Kind { metadata(of: name)?.kind ?? .unknown }

  /// What is known of the metric to which series of a name belong.
  func metadata(of name: String) -> MetricMetadata? {
    if let family = families[name] { return family }
    for (suffix, owners) in Self.suffixes where name.hasSuffix(suffix) {
      if let family = families[String(name.dropLast(suffix.utf8.count))], owners.contains(family.kind) {
        return family
      }
    }
    return nil
  }

  /// What names of series have behind that of their family, by type.
  private static let suffixes: [(String, Set<MetricMetadata.Kind>)] = [
    ("_bucket", [.histogram, .gaugehistogram]), ("_sum", [.histogram, .summary]), ("_count", [.histogram, .summary]),
    ("_gsum", [.gaugehistogram]), ("_gcount", [.gaugehistogram]), ("_total", [.counter]), ("_info", [.info]),
  ]
}

/// A range in milliseconds, as samples are read.
struct MillisecondRange: Sendable, Hashable {
  /// The first time that counts.
  let start: Int64
  /// The first time behind.
  let end: Int64

  init(_ range: TimeRange) {
    // Rounded up, as samples have whole milliseconds.
    start = (range.start.rawValue + 999_999) / 1_000_000
    end = (range.end.rawValue + 999_999) / 1_000_000
  }

  private init(start: Int64, end: Int64) {
    self.start = start
    self.end = end
  }

  var after: Int64 { start - 1 }
  var through: Int64 { end - 1 }
  var duration: Int64 { end - start }

  func earlier(by milliseconds: Int64) -> MillisecondRange {
    MillisecondRange(start: start - milliseconds, end: end - milliseconds)
  }

  var timeRange: TimeRange {
    TimeRange(start: UnixNanoseconds(milliseconds: start), end: UnixNanoseconds(milliseconds: end))
  }
}

extension UnixNanoseconds {
  init(milliseconds: Int64) { self.init(milliseconds * 1_000_000) }
}
