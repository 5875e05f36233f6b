import Base
import MetricsTables
import Schema
import Series

/// A part of a range that is read from one table, up to and including its end.
///
/// Times are in milliseconds since 1970.
struct SampleSegment: Equatable {
  /// Where the samples of a segment come from.
  enum Source: Equatable {
    case samples
    /// Steps that give the same result as the samples, which are still there.
    case same(SampleLevel)
    /// Steps that are left of samples that are gone.
    case rest(SampleLevel)
  }

  let source: Source
  let after: Int64
  let through: Int64
}

/// Decides which tables a selection is read from.
struct SegmentPlanner {
  /// How long each table keeps its rows.
  let retention: RetentionPolicy
  /// In milliseconds since 1970.
  let now: Int64

  /// Below this range the samples are read, which are few: a level may cost a statement for the newest commits.
  static let levelRangeMin: Int64 = 3_600_000

  /// The segments of a selection, the oldest first; without what no table has any more.
  func segments(of selection: SeriesSelection) -> [SampleSegment] {
    var segments: [SampleSegment] = []
    var after = max(selection.after, -1)
    while after < selection.through {
      if hasSamples(after) {
        segments.append(present(selection, after: after))
        break
      }
      let kept = SampleLevel.all.filter { earliest($0) <= after }
      let fitting = kept.last { LevelUse(selection.hints).isAligned(to: $0, selection.hints) }
      guard let level = fitting ?? kept.first else {
        after = ([samplesEarliest] + SampleLevel.all.map(earliest)).filter { $0 > after }.min() ?? selection.through
        continue
      }
      // Up to where a table begins that knows more.
      let finer = SampleLevel.all.filter { $0.seconds < level.seconds }.map(earliest) + [samplesEarliest]
      let end = finer.filter { $0 > after }.min() ?? samplesEarliest
      let through = min(selection.through, Self.roundedUp(end, to: level.milliseconds))
      segments.append(SampleSegment(source: .rest(level), after: after, through: through))
      after = through
    }
    return segments
  }

  /// The segments of a history in steps that begin at whole multiples of their width, the oldest first.
  ///
  /// Samples are read of those steps alone of which all are there; the levels before end at the end of a step. What a level
  /// has at such an end belongs to the step before it.
  func history(after: Int64, through: Int64, step: Int64) -> [SampleSegment] {
    let after = max(after, -1)
    if hasSamples(after) { return [SampleSegment(source: .samples, after: after, through: through)] }
    let seam = min(through, Self.roundedUp(samplesEarliest + 1, to: step) - 1)
    var segments: [SampleSegment] = []
    // The ends of a level's rows are one behind the last time of their steps.
    var from = after + 1
    while from <= seam {
      let kept = SampleLevel.all.filter { earliest($0) <= from }
      guard let level = kept.last(where: { step % $0.milliseconds == 0 }) ?? kept.first else {
        from = SampleLevel.all.map(earliest).filter { $0 > from }.min() ?? seam + 1
        continue
      }
      let finer = SampleLevel.all.filter { $0.seconds < level.seconds }.map(earliest)
      let end = finer.filter { $0 > from }.min() ?? seam
      let width = step % level.milliseconds == 0 ? step : level.milliseconds
      let to = min(seam + 1, Self.roundedUp(end + 1, to: width))
      segments.append(SampleSegment(source: .rest(level), after: from, through: to))
      from = to
    }
    if seam < through { segments.append(SampleSegment(source: .samples, after: seam, through: through)) }
    return segments
  }

  private func present(_ selection: SeriesSelection, after: Int64) -> SampleSegment {
    let use = LevelUse(selection.hints)
    var source = SampleSegment.Source.samples
    if use.isExact, selection.through - after >= Self.levelRangeMin {
      let level = SampleLevel.all.last { level in
        earliest(level) <= after && use.isAligned(to: level, selection.hints)
      }
      if let level { source = .same(level) }
    }
    return SampleSegment(source: source, after: after, through: selection.through)
  }

  /// From when on a table has all samples: older ones may be removed, or be there for up to a day more.
  private var samplesEarliest: Int64 { earliest(.samples) }
  private func earliest(_ level: SampleLevel) -> Int64 { earliest(level.retention) }
  private func hasSamples(_ after: Int64) -> Bool { samplesEarliest <= after }

  private func earliest(_ period: RetentionPeriod) -> Int64 {
    let time = retention[period]
    return time == .forever ? -1 : max(-1, now - time.components.seconds * 1_000)
  }

  static func roundedUp(_ time: Int64, to step: Int64) -> Int64 {
    // Times before 1970 do not occur: a range begins at -1 at the earliest.
    (max(time, 0) + step - 1) / step * step
  }
}

/// What of a step stands for its samples.
enum LevelUse: Equatable {
  /// The last sample: for instant selectors and `last_over_time`.
  case last
  case min
  case max
  case sum
  /// As many samples as there were, of their mean value: for `count_over_time`, `avg_over_time` and what works on means.
  case mean
  /// As many samples as there were, with the values of a sketch: for quantiles, where windows consist of whole steps.
  case values
  /// The first and the last sample, and a peak or trough between them: for rates and everything else.
  case shape

  init(_ hints: SeriesSelection.Hints) {
    // Readers that differ.
    guard hints.window > 0 else {
      self = .shape
      return
    }
    self =
      switch hints.function {
      case "", "last_over_time": .last
      case "min_over_time": .min
      case "max_over_time": .max
      case "sum_over_time": .sum
      case "count_over_time", "avg_over_time", "present_over_time", "absent_over_time", "axonize_anomaly_score",
        "axonize_baseline", "axonize_correlation":
        .mean
      case "quantile_over_time": .values
      default: .shape
      }
  }

  /// Whether aligned steps give the same result, bit by bit.
  ///
  /// Also where a sample was stored twice with different values, of which the greatest counts. Sums and counts do not:
  /// their order of addition differs, and they count such a sample twice.
  var isExact: Bool { self == .last || self == .max }

  /// Whether every window consists of whole steps of a level; for the last sample, whether every window ends with one.
  func isAligned(to level: SampleLevel, _ hints: SeriesSelection.Hints) -> Bool {
    let step = level.milliseconds
    return hints.window > 0 && hints.firstTime % step == 0 && hints.step % step == 0
      && (self == .last || hints.window % step == 0)
  }
}
