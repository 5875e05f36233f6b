import Base
import Commands

/// The axis of times: marks at round times of UTC, as many as there is room for.
struct TimeScale {
  let start: Int64
  let end: Int64
  let ticks: [(time: Int64, label: String)]

  private static let second: Int64 = 1_000
  private static let day: Int64 = 86_400 * second
  /// In milliseconds.
  private static let steps: [Int64] =
    [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200].map { $0 * second }
    + [1, 2, 7, 14, 28, 91, 182, 365, 730, 3_650].map { $0 * day }

  /// - Parameters:
  ///   - start: in milliseconds since 1970.
  ///   - width: the columns of the axis.
  init(start: Int64, end: Int64, width: Int) {
    self.start = start
    self.end = end
    let span = max(1, end - start)
    let found = Self.steps.first { step in
      // Two columns keep labels apart.
      let columns = Double(width) * Double(step) / Double(span)
      return columns >= Double(Self.labelWidth(step, span) + 2)
    }
    guard let step = found else {
      ticks = []
      return
    }
    let first = (start + step - 1) / step * step
    ticks = stride(from: first, through: end, by: Int64.Stride(step)).map { ($0, Self.label($0, step, span)) }
  }

  private static func labelWidth(_ step: Int64, _ span: Int64) -> Int { label(0, step, span).count }

  private static func label(_ time: Int64, _ step: Int64, _ span: Int64) -> String {
    let text = NumberText.time(UnixNanoseconds(time * 1_000_000))
    let (date, clock) = (text.prefix(10), text.dropFirst(11))
    if step >= day { return String(span > 300 * day ? date : date.dropFirst(5)) }
    if span > day { return "\(date.dropFirst(5)) \(clock.prefix(5))" }
    return String(clock.prefix(step < 60 * second ? 8 : 5))
  }
}
