import Base
import Series
import System

/// Spreads scrapes over their interval: each target has a place of its own, the same after a restart.
enum ScrapeOffset {
  /// How long after `now` the first scrape of a target is, below the interval (`offset` of Prometheus'
  /// `scrape/target.go`).
  static func delay(of target: TargetDefinition, now: UnixNanoseconds) -> Duration {
    let interval = interval(target)
    return .nanoseconds((phase(target) - now.rawValue % interval + interval) % interval)
  }

  /// The time of the samples of a scrape, in milliseconds: where it began on time, that of its place in the interval,
  /// so that times are evenly spaced and cost little to store (`ScrapeTimestampTolerance` of Prometheus'
  /// `scrape/scrape.go`).
  static func sampleTime(of target: TargetDefinition, start: UnixNanoseconds) -> Int64 {
    let interval = interval(target)
    let beyond = ((start.rawValue - phase(target)) % interval + interval) % interval
    // The clock may have been set back a little since.
    let difference = beyond > interval / 2 ? beyond - interval : beyond
    let isOnTime = abs(difference) <= min(toleranceNanoseconds, interval / 100)
    return (isOnTime ? start.rawValue - difference : start.rawValue) / 1_000_000
  }

  private static let toleranceNanoseconds: Int64 = 2_000_000

  private static func interval(_ target: TargetDefinition) -> Int64 { max(1_000_000, target.interval.wholeNanoseconds) }

  /// The place in the interval, in whole milliseconds.
  private static func phase(_ target: TargetDefinition) -> Int64 {
    Int64(hash(target) % UInt64(interval(target) / 1_000_000)) * 1_000_000
  }

  /// FNV-1a over the labels and the URL (http://www.isthe.com/chongo/tech/comp/fnv/): the same in every process.
  private static func hash(_ target: TargetDefinition) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func add(_ text: String) {
      for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
      hash = (hash ^ 0xff) &* 0x100_0000_01b3
    }
    for label in target.labels.labels {
      add(label.name)
      add(label.value)
    }
    add(target.address)
    // The low bits of FNV-1a depend on the last bytes only, and an interval has many factors of 2.
    return hash ^ hash >> 32
  }
}
