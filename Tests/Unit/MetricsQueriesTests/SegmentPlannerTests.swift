import Base
import MetricsTables
import Schema
import Series
import Testing

@testable import MetricsQueries

/// Goal: a range is read from the tables that have it, each time from one.
@Suite struct SegmentPlannerTests {
  private static let hour: Int64 = 3_600_000
  private static let day: Int64 = 24 * hour
  /// The beginning of a day.
  private static let now = 20_000 * day

  /// Samples for 2 days, minutes for 1, five minutes for 4, hours for 10, days for ever.
  private static let retention: RetentionPolicy = {
    var policy = RetentionPolicy()
    policy[.samples] = .seconds(2 * 86_400)
    for (level, days) in [(SampleLevel.minutes, 1), (.fiveMinutes, 4), (.hours, 10)] as [(SampleLevel, Int64)] {
      policy[level.retention] = .seconds(days * 86_400)
    }
    return policy
  }()

  private static func text(
    after: Int64, through: Int64, _ function: String, step: Int64, window: Int64, first: Int64? = nil,
    retention: RetentionPolicy = retention
  ) -> [String] {
    var selection = SeriesSelection(matchers: [], after: now + after, through: now + through)
    selection.hints.function = function
    selection.hints.step = step
    selection.hints.window = window
    selection.hints.firstTime = now + (first ?? after + window)
    return SegmentPlanner(retention: retention, now: now).segments(of: selection).map { segment in
      let source =
        switch segment.source {
        case .samples: "samples"
        case .same(let level): "same \(level.name)"
        case .rest(let level): "rest \(level.name)"
        }
      return "\(source) \((segment.after - now) / hour)h to \((segment.through - now) / hour)h"
    }
  }

  @Test(
    arguments: [
      ("", 60_000, 300_000, "samples"), ("", 900_000, 300_000, "same 5m"), ("", 7_200_000, 300_000, "same 1h"),
      ("", 15_000, 300_000, "samples"), ("last_over_time", 3_600_000, 60_000, "same 1h"),
      ("max_over_time", 3_600_000, 300_000, "same 5m"), ("max_over_time", 3_600_000, 90_000, "samples"),
      ("max_over_time", 86_400_000, 86_400_000, "same 1d"), ("min_over_time", 3_600_000, 3_600_000, "samples"),
      ("sum_over_time", 3_600_000, 3_600_000, "samples"), ("rate", 3_600_000, 3_600_000, "samples"),
      ("", 60_000, 0, "samples"),
    ] as [(String, Int64, Int64, String)])
  func `samples that are there are replaced by steps only where nothing can differ`(
    function: String, step: Int64, window: Int64, source: String
  ) {
    #expect(
      Self.text(after: -48 * Self.hour, through: 0, function, step: step, window: window, first: -24 * Self.hour)
        == ["\(source) -48h to 0h"])
  }

  @Test func `a short range is read from samples`() {
    #expect(Self.text(after: -1_800_000, through: 0, "", step: 60_000, window: 300_000) == ["samples 0h to 0h"])
  }

  /// One level may be kept shorter than samples: it is read where it has the whole range.
  @Test(
    arguments: [
      ("", 60_000, 0, "same 1m"), ("", 60_000, -1, "samples"), ("", 60_000, 1, "same 1m"),
      ("", 300_000, 0, "same 5m"), ("", 300_000, -1, "same 5m"), ("", 15_000, 0, "samples"),
      ("max_over_time", 60_000, 0, "same 1m"), ("max_over_time", 60_000, -1, "samples"),
      ("max_over_time", 120_000, -1, "samples"), ("rate", 60_000, 0, "samples"),
    ] as [(String, Int64, Int64, String)])
  func `minutes are read as long as they have the whole range`(
    function: String, step: Int64, edge: Int64, source: String
  ) {
    #expect(
      Self.text(after: -Self.day + edge, through: 0, function, step: step, window: 300_000, first: -12 * Self.hour)
        .map { $0.prefix { $0 != "-" } } == ["\(source) "])
  }

  @Test func `minutes that outlive samples are read before five minutes`() {
    var retention = Self.retention
    retention[SampleLevel.minutes.retention] = .seconds(3 * 86_400)
    #expect(
      Self.text(
        after: -5 * Self.day, through: 0, "rate", step: 60_000, window: 60_000, retention: retention) == [
          "rest 1h -120h to -96h", "rest 5m -96h to -72h", "rest 1m -72h to -48h", "samples -48h to 0h",
        ])
  }

  private static func history(after: Int64, through: Int64, step: Int64) -> [String] {
    SegmentPlanner(retention: retention, now: now).history(after: now + after, through: now + through, step: step)
      .map { "\($0.source) \($0.after - now) to \($0.through - now)" }
  }

  @Test func `a history has samples for the steps that have all of them`() {
    let (hour, day) = (Self.hour, Self.day)
    func text(_ level: SampleLevel) -> String { "\(SampleSegment.Source.rest(level))" }
    let samples = "\(SampleSegment.Source.samples)"
    #expect(Self.history(after: -2 * day, through: 0, step: hour) == ["\(samples) \(-2 * day) to 0"])
    #expect(
      Self.history(after: -3 * day - 1, through: 0, step: hour) == [
        "\(text(.hours)) \(-3 * day) to \(-2 * day + hour)", "\(samples) \(-2 * day + hour - 1) to 0",
      ])
    #expect(
      Self.history(after: -12 * day - 1, through: 0, step: 300_000) == [
        "\(text(.days)) \(-12 * day) to \(-9 * day)", "\(text(.hours)) \(-9 * day) to \(-4 * day + hour)",
        "\(text(.fiveMinutes)) \(-4 * day + hour) to \(-2 * day + 300_000)",
        "\(samples) \(-2 * day + 300_000 - 1) to 0",
      ])
  }

  @Test func `what is gone is read from the level that is left, and fits best`() {
    #expect(
      Self.text(after: -20 * Self.day, through: 0, "rate", step: 60_000, window: 300_000) == [
        "rest 1d -480h to -240h", "rest 1h -240h to -96h", "rest 5m -96h to -48h", "samples -48h to 0h",
      ])
    #expect(
      Self.text(after: -5 * Self.day, through: -Self.day, "sum_over_time", step: 3_600_000, window: 3_600_000) == [
        "rest 1h -120h to -96h", "rest 1h -96h to -48h", "samples -48h to -24h",
      ])
    #expect(
      Self.text(after: -3 * Self.day, through: 0, "max_over_time", step: 300_000, window: 300_000) == [
        "rest 5m -72h to -48h", "same 5m -48h to 0h",
      ])
  }

  @Test func `what no table has is left out, and all is read where everything is kept`() {
    var retention = Self.retention
    retention[SampleLevel.days.retention] = .seconds(12 * 86_400)
    #expect(
      Self.text(
        after: -30 * Self.day, through: -9 * Self.day, "rate", step: 60_000, window: 60_000, retention: retention)
        == ["rest 1d -288h to -240h", "rest 1h -240h to -216h"])
    retention[.samples] = .forever
    #expect(
      Self.text(after: -30 * Self.day, through: 0, "rate", step: 60_000, window: 60_000, retention: retention)
        == ["samples -720h to 0h"])
  }
}
