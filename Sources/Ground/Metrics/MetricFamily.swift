import Synchronization

/// Instruments of one name whose label values come at run time, bounded in number.
///
/// Past the bound, new combinations share one series whose label values are all `other`, so a client cannot grow the
/// memory of the server through a label.
package final class MetricFamily<Instrument: AnyObject & Sendable>: Sendable {
  private let labelNames: [String]
  private let seriesCountMax: Int
  private let make: @Sendable () -> Instrument
  private let instruments = Mutex<[[String]: Instrument]>([:])

  init(labelNames: [String], seriesCountMax: Int, make: @escaping @Sendable () -> Instrument) {
    precondition(!labelNames.isEmpty && seriesCountMax > 0, "a family needs labels and room for a series")
    self.labelNames = labelNames
    self.seriesCountMax = seriesCountMax
    self.make = make
  }

  /// The instrument of label values, in the order of the label names.
  ///
  /// Takes a lock: hot paths keep the instrument.
  package func labeled(_ values: String...) -> Instrument {
    precondition(values.count == labelNames.count, "\(values) for the labels \(labelNames)")
    return instruments.withLock { instruments in
      if let found = instruments[values] { return found }
      let key = instruments.count < seriesCountMax ? values : values.map { _ in "other" }
      if let found = instruments[key] { return found }
      let instrument = make()
      instruments[key] = instrument
      return instrument
    }
  }

  var series: [(labels: [MetricLabel], instrument: Instrument)] {
    instruments.withLock { $0 }.map { values, instrument in
      (zip(labelNames, values).map { MetricLabel($0, $1) }, instrument)
    }
  }
}
