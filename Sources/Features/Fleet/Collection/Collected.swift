package import Base
import System

/// What collectors gave, in columns: each series once with its newest value, and the samples of the newest batch.
///
/// A batch is what several collectors give at one time; not all run in each. A series that was seen before costs no
/// allocation.
package struct Collected: Sendable {
  /// The newest value of a series.
  struct Point: Sendable {
    var value: Double
    /// In milliseconds since 1970.
    var time: Int64
    /// The run of its collector that gave it.
    var run: UInt32
  }

  /// A sample of the newest batch.
  package struct Sample: Sendable {
    /// The number of its series; it stays until ``Collected/tableNumber`` changes.
    package let series: Int
    package let value: Double
    /// In milliseconds since 1970.
    package let time: Int64
    /// Whether its series ended: the collector gave it in its run before this one, and no more.
    package let isStale: Bool
  }

  /// More than a machine with hundreds of cores and disks has; further series are left out and counted.
  package static let seriesCountMaxDefault = 50_000

  let seriesCountMax: Int
  private(set) var series = CollectedSeries()
  private(set) var points: [Point] = []
  /// The series of the newest batch.
  private var batch: [Int32] = []
  /// Those of them that ended.
  private var stale: [Int32] = []
  package private(set) var statuses: [CollectorStatus] = []
  /// Changes when the series are numbered anew.
  package private(set) var tableNumber = 0
  /// Samples that were left out because there are too many series, since the start.
  package private(set) var droppedCount = 0

  private var key = CollectedKey()
  private var family: CollectedFamily?
  /// The collector that runs, and the time of the batch.
  private var current = 0
  private var time: Int64 = 0
  /// Series that the collector gave in its run before, too.
  private var continuedCount = 0
  private var runCount = 0
  /// Whether the collector gives only a part of its series, which then stay in its run before.
  private var isBurst = false

  /// - Parameter collectors: the names of the collectors, in the order of their numbers.
  package init(collectors: [String], seriesCountMax: Int = Collected.seriesCountMaxDefault) {
    self.seriesCountMax = seriesCountMax
    statuses = collectors.map { CollectorStatus(name: $0) }
  }
}

// MARK: - For collectors

extension Collected {
  /// Adds a sample without labels.
  package mutating func append(_ family: CollectedFamily, _ value: Double) {
    begin(family)
    end(value)
  }

  /// Adds a sample; the labels' values are in the order of the family's names.
  package mutating func append(_ family: CollectedFamily, labels: [String], _ value: Double) {
    begin(family)
    for label in labels { self.label(label) }
    end(value)
  }

  /// Adds a sample with one label.
  package mutating func append(_ family: CollectedFamily, _ label: borrowing Span<UInt8>, _ value: Double) {
    begin(family)
    self.label(label)
    end(value)
  }

  /// Begins a sample; its labels follow in the order of the family's names, then ``end(_:)``.
  package mutating func begin(_ family: CollectedFamily) {
    self.family = family
    key.begin(family)
  }

  package mutating func label(_ value: borrowing Span<UInt8>) { key.append(value) }

  package mutating func label(_ value: String) { key.append(value) }

  /// Ends a sample; of a series that the collector gives twice in a run the first counts.
  package mutating func end(_ value: Double) {
    guard let family else { preconditionFailure("a sample ends that did not begin") }
    self.family = nil
    let hash = key.hash
    let run = statuses[current].run
    if let number = series.find(key.bytes, hash: hash) {
      if isBurst {
        if points[number].run == run, points[number].time == time { return }
        if points[number].run != run { statuses[current].seriesCount += 1 }
      } else if points[number].run == run {
        return
      } else if points[number].run == run &- 1 {
        continuedCount += 1
      }
      points[number] = Point(value: value, time: time, run: run)
      note(number)
    } else if series.count < seriesCountMax {
      series.add(key.bytes, hash: hash, family, collector: current)
      points.append(Point(value: value, time: time, run: run))
      if isBurst { statuses[current].seriesCount += 1 }
      note(series.count - 1)
    } else {
      droppedCount += 1
    }
  }

  private mutating func note(_ number: Int) {
    batch.append(Int32(number))
    runCount += 1
  }

  /// Says what the running collector could not read, while it reads the rest.
  package mutating func note(_ problem: CollectionProblem) {
    guard statuses[current].problems.count < CollectorStatus.problemCountMax else { return }
    statuses[current].problems.append(problem)
  }
}

// MARK: - For who has collectors run

extension Collected {
  /// Begins a batch.
  package mutating func begin(at time: UnixNanoseconds) {
    self.time = time.rawValue / 1_000_000
    batch.removeAll(keepingCapacity: true)
    stale.removeAll(keepingCapacity: true)
    if series.count >= seriesCountMax { forgetEndedSeries() }
  }

  /// Has a collector run, and adds how long it took and whether it came to its end.
  ///
  /// Its number is the place of its name.
  package mutating func run(_ collector: any Collector, number: Int) {
    let beganAt = Instant.now
    current = number
    (continuedCount, runCount) = (0, 0)
    let previousCount = statuses[number].seriesCount
    statuses[number].run &+= 1
    statuses[number].ranAt = UnixNanoseconds(time * 1_000_000)
    statuses[number].problems.removeAll(keepingCapacity: true)
    do throws(CollectionProblem) {
      try collector.collect(into: &self)
      statuses[number].isSuccessful = true
    } catch {
      statuses[number].isSuccessful = false
      note(error)
    }
    statuses[number].seconds = Double((Instant.now - beganAt).wholeNanoseconds) / 1e9
    append(CollectorFamilies.duration, labels: statuses[number].labels, statuses[number].seconds)
    append(CollectorFamilies.success, labels: statuses[number].labels, statuses[number].isSuccessful ? 1 : 0)
    statuses[number].seriesCount = runCount
    if continuedCount < previousCount { findStale(of: number) }
  }

  /// Has a collector give what is wanted more often; none of its series ends by that.
  package mutating func runBurst(_ collector: any BurstCollector, number: Int) {
    current = number
    isBurst = true
    collector.collectBurst(into: &self)
    isBurst = false
  }

  private mutating func findStale(of collector: Int) {
    let before = statuses[collector].run &- 1
    for number in points.indices
    where series.collectors[number] == UInt16(collector) && points[number].run == before {
      stale.append(Int32(number))
    }
  }

  /// Keeps the series that their collectors gave in their newest run.
  private mutating func forgetEndedSeries() {
    let kept = points.indices.filter { isCurrent($0) }
    guard kept.count < series.count else { return }
    series = series.keeping(kept)
    points = kept.map { points[$0] }
    tableNumber += 1
  }

  /// Takes over what another has; allocates only where series were added there.
  package mutating func update(from other: borrowing Collected) {
    if tableNumber == other.tableNumber, series.count == other.series.count {
      for number in points.indices { points[number] = other.points[number] }
    } else {
      series = other.series
      points = other.points.map { $0 }
      tableNumber = other.tableNumber
    }
    for number in statuses.indices { statuses[number] = other.statuses[number] }
    droppedCount = other.droppedCount
  }
}

// MARK: - For readers

extension Collected {
  /// Samples of the newest batch, those of series that ended among them.
  package var sampleCount: Int { batch.count + stale.count }

  package func sample(at index: Int) -> Sample {
    guard index < batch.count else {
      return Sample(series: Int(stale[index - batch.count]), value: .nan, time: time, isStale: true)
    }
    let number = Int(batch[index])
    return Sample(series: number, value: points[number].value, time: points[number].time, isStale: false)
  }

  package var seriesCount: Int { series.count }

  package func family(of series: Int) -> CollectedFamily { self.series.families[series] }

  /// The values of a series' labels, in the order of the family's names.
  package func labelValues(of series: Int) -> [String] { self.series.labelValues(series) }

  /// Whether the newest run of its collector gave the series.
  package func isCurrent(_ series: Int) -> Bool {
    points[series].run == statuses[Int(self.series.collectors[series])].run
  }

  /// The newest value of a series.
  package func value(of series: Int) -> Double { points[series].value }
}
