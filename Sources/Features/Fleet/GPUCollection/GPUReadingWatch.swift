import Base

/// Notices in values what no event tells: counters that went back, errors that were added, a GPU that is gone.
struct GPUReadingWatch {
  private static let counters: [GPUMetric] = [.energy, .eccUncorrected, .eccCorrected, .pcieReplays]

  /// Whether the driver has no events of its own, which tell of errors of memory.
  private let hasNoEvents: Bool
  private var last: [GPUMetric: Double] = [:]
  /// Whether the GPU did not answer when its temperature was read last.
  private(set) var isLost = false

  init(hasNoEvents: Bool) { self.hasNoEvents = hasNoEvents }

  /// What has happened since the values before, on one schedule.
  ///
  /// A value that is missing for a while, as in a reset, is compared with the last that there was.
  mutating func events(_ values: [GPUReading]) -> [GPUEventKind] {
    var events: [GPUEventKind] = []
    var fell: Set<GPUMetric> = []
    for metric in Self.counters {
      guard let now = Self.reading(metric, values)?.value else { continue }
      if let before = last.updateValue(now, forKey: metric) {
        if now < before { fell.insert(metric) }
        if metric == .eccUncorrected, now > before, hasNoEvents { events.append(.eccError(isCorrected: false)) }
      }
    }
    // Other counters count only where there is no energy, which is read more often: one reload is one event.
    if fell.contains(.energy) || (hasNoEvents && last[.energy] == nil && !fell.isEmpty) { events.append(.driverReload) }
    if let temperature = Self.reading(.temperature, values) {
      let wasLost = isLost
      isLost = temperature.reason == .lost
      if isLost, !wasLost { events.append(.gpuUnavailable) }
    }
    return events
  }

  /// The value of a metric of the whole GPU.
  static func reading(_ metric: GPUMetric, _ readings: [GPUReading]) -> Measured<Double>? {
    readings.first { $0.metric == metric && $0.scope == .gpu }?.value
  }
}
