import Columns
import Synchronization
import Telemetry

/// The rows of a group that the engine commits at once: those of one UTC day.
struct CommitPart<Rows: ArrivingRows>: Sendable {
  /// What the rows belong to; its resources and scopes MAY be more than they point to.
  let batch: SignalBatch<Rows>
  let rows: ColumnBlock
  /// Since 1970.
  let day: Int64
  let requests: [WaitingRequest]
  /// Bytes that count as queued until it ends.
  var heldBytes = 0
}

extension CommitGroup {
  /// The group in parts that the engine commits one by one.
  ///
  /// Almost always one: its rows are then not copied. A commit is one part in the engine for each day, so only the rows
  /// of one day appear at once. Committed together, nothing would say afterwards which days are stored.
  func parts() -> [CommitPart<Rows>] {
    let block = batch.rows.columns
    let days = RowDays(of: block)
    let hasStored = requests.contains { !$0.storedDays.isEmpty }
    guard days.hasSeveral || hasStored else {
      return [CommitPart(batch: batch, rows: block, day: days.first, requests: requests, heldBytes: byteCount)]
    }
    var all = days.distinct.compactMap { day -> CommitPart<Rows>? in
      var runs: [Range<Int>] = []
      var parts: [WaitingRequest] = []
      var count = 0
      for request in requests where !request.storedDays.contains(day) {
        let own = days.runs(of: day, in: request.rows)
        guard !own.isEmpty else { continue }
        var part = request
        let rowCount = own.reduce(0) { $0 + $1.count }
        part.rows = count..<count + rowCount
        count += rowCount
        runs += own
        parts.append(part)
      }
      return parts.isEmpty ? nil : CommitPart(batch: batch, rows: block.copy(of: runs), day: day, requests: parts)
    }
    // Requests of which only what the batch has beside its rows is to be stored.
    var attached = requests.filter(\.rows.isEmpty)
    for index in attached.indices { attached[index].rows = 0..<0 }
    if !attached.isEmpty {
      all.append(CommitPart(batch: batch, rows: block.copy(of: []), day: days.first, requests: attached))
    }
    if !all.isEmpty { all[all.count - 1].heldBytes = byteCount }
    return all
  }

  /// Has each request of several days end once, when the last of its days is committed.
  mutating func countDays() {
    let days = RowDays(of: batch.rows.columns)
    guard days.hasSeveral else { return }
    for index in requests.indices {
      let own = Set(requests[index].rows.map { days[$0] }).subtracting(requests[index].storedDays)
      if own.count > 1 { requests[index].wholeOfDays = RequestOfDays(count: own.count) }
    }
  }
}

/// Joins what became of the days of one request.
final class RequestOfDays: Sendable {
  private struct State {
    var left: Int
    var worst = CommitOutcome.committed
  }

  private let state: Mutex<State>

  init(count: Int) { state = Mutex(State(left: count)) }

  /// Notes what became of a day; after the last, what became of all.
  func note(_ outcome: CommitOutcome) -> CommitOutcome? {
    state.withLock { state in
      state.left -= 1
      switch (state.worst, outcome) {
      case (_, .failed), (.committed, _): state.worst = outcome
      default: break
      }
      return state.left == 0 ? state.worst : nil
    }
  }
}

/// The UTC days of the rows of a block, since 1970.
struct RowDays {
  private static let day: Int64 = 86_400_000_000_000

  private let times: FixedColumn<Int64>?
  let first: Int64
  let hasSeveral: Bool

  init(of block: ColumnBlock) {
    times = RowTimes(of: block).column
    guard let times, times.rowCount > 0 else {
      first = 0
      hasSeveral = false
      return
    }
    first = Self.day(of: times[0])
    // The nanoseconds since the day began, without a sign: more than a day for a time of any other day. Nothing is added to
    // the time of a row: the last day that 64 bits of nanoseconds can hold ends after the last of them.
    let start = first &* Self.day
    var hasSeveral = false
    for row in 0..<times.rowCount where UInt64(bitPattern: times[row] &- start) >= UInt64(Self.day) {
      hasSeveral = true
      break
    }
    self.hasSeveral = hasSeveral
  }

  subscript(row: Int) -> Int64 { times.map { Self.day(of: $0[row]) } ?? 0 }

  /// Every day, the earliest first.
  var distinct: [Int64] {
    guard let times, hasSeveral else { return [first] }
    return Set((0..<times.rowCount).map { Self.day(of: times[$0]) }).sorted()
  }

  /// The rows of a day within some rows, as runs.
  func runs(of day: Int64, in rows: Range<Int>) -> [Range<Int>] {
    rows.reduce(into: []) { runs, row in
      guard self[row] == day else { return }
      if let last = runs.last, last.upperBound == row {
        runs[runs.count - 1] = last.lowerBound..<row + 1
      } else {
        runs.append(row..<row + 1)
      }
    }
  }

  private static func day(of time: Int64) -> Int64 {
    let quotient = time / day
    return time % day < 0 ? quotient - 1 : quotient
  }
}
