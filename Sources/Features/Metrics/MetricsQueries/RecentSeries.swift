/// The newest samples of one series: ascending times, and of each time the value that counts.
struct RecentSeries {
  let id: UInt64
  private(set) var times: [Int64] = []
  private(set) var values: [Double] = []

  init(id: UInt64) { self.id = id }

  /// An estimate: two arrays, and the series' place in its metric.
  var byteCount: Int { 160 + times.capacity * 16 }

  /// Adds a sample at the end; false, with nothing added, where it is not the newest.
  @inline(__always)
  mutating func append(_ value: Double, at time: Int64) -> Bool {
    if let last = times.last, last >= time { return false }
    reserve()
    times.append(time)
    values.append(value)
    return true
  }

  /// Adds a sample anywhere; O(samples).
  mutating func insert(_ value: Double, at time: Int64) {
    let place = place(after: time - 1)
    if place < times.count, times[place] == time {
      if SampleSorter.isWeaker(values[place], value) { values[place] = value }
      return
    }
    reserve()
    times.insert(time, at: place)
    values.insert(value, at: place)
  }

  /// Adds samples in any order; O(n log n).
  mutating func merge(_ newTimes: some Collection<Int64>, _ newValues: some Collection<Double>) {
    times += newTimes
    values += newValues
    SampleSorter.order(&times, &values, from: 0)
  }

  /// By a quarter: arrays would double, and most of that would never be used.
  private mutating func reserve() {
    guard times.count == times.capacity else { return }
    let capacity = times.count + max(4, times.count / 4)
    times.reserveCapacity(capacity)
    values.reserveCapacity(capacity)
  }

  /// The index of the first sample after a time.
  func place(after time: Int64) -> Int {
    var (lower, upper) = (0, times.count)
    while lower < upper {
      let middle = lower + (upper - lower) / 2
      if times[middle] <= time { lower = middle + 1 } else { upper = middle }
    }
    return lower
  }

  /// Forgets the samples up to a time.
  mutating func trim(through time: Int64) {
    let count = place(after: time)
    guard count > 0 else { return }
    times.removeFirst(count)
    values.removeFirst(count)
  }
}
