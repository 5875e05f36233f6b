/// Values over time as a line of text.
package enum Graph {
  private static let levels = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  /// A bar for each value from the least to the greatest; where there is less room, for the mean of neighbours.
  package static func bars(_ values: [Double], width: Int) -> String {
    let values = values.filter(\.isFinite)
    let count = min(values.count, width)
    let means = (0..<count).map { index in
      let part = values[(index * values.count / count)..<((index + 1) * values.count / count)]
      return part.reduce(0) { $0 + $1 / Double(part.count) }
    }
    guard let least = means.min(), let greatest = means.max() else { return "" }
    let range = greatest - least
    return means.map { mean in
      let share = range > 0 && range.isFinite ? (mean - least) / range : 0
      return levels[min(levels.count - 1, Int(share * Double(levels.count)))]
    }
    .joined()
  }
}
