import Collection
import HostCollection

extension HostReading {
  /// The values of a family's series by their labels, and how much each grew in a second; nil for what is new.
  func series(_ name: String) -> [(labels: [String], value: Double, rate: Double?)] {
    (0..<later.seriesCount).compactMap { number in
      guard later.isCurrent(number), later.family(of: number).name == name else { return nil }
      let value = later.value(of: number)
      let isKnown = number < earlier.seriesCount && seconds > 0
      return (
        later.labelValues(of: number), value, isKnown ? max(0, value - earlier.value(of: number)) / seconds : nil
      )
    }
  }

  /// The value of the only series of a family; nil where there is none.
  func value(_ name: String) -> Double? { series(name).first?.value }

  /// The value, or rate, of the series of a family whose first labels are these.
  func value(_ name: String, _ labels: [String]) -> Double? {
    series(name).first { Array($0.labels.prefix(labels.count)) == labels }?.value
  }

  func rate(_ name: String, _ labels: [String]) -> Double? {
    series(name).first { Array($0.labels.prefix(labels.count)) == labels }?.rate
  }

  /// What could not be read, and why.
  var problems: [(collector: String, reason: String)] {
    later.statuses.flatMap { status in status.problems.map { (status.name, $0.description) } }
  }
}
