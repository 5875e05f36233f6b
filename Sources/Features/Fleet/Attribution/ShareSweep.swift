/// Shares the energy and the time of a resource among the spans on it.
///
/// At each moment the innermost spans share: by tokens per second where they are known of all of them, else in equal parts. Time
/// goes on from event to event with two sums, what a span of one share got so far and what a token per second did. Of the spans
/// around one that starts or ends at most one was or becomes innermost, the innermost that runs: an event costs O(log n),
/// however many spans run and however deep they are.
struct ShareSweep {
  /// Tokens per second are counted in parts of 2²⁰, as whole numbers: their sum is exact, whatever comes and goes.
  private static let rateScale = 0x1p20
  /// 16 million tokens per second; half a million spans of it at once are a number of 64 bits.
  private static let rateMax = 0x1p44

  private struct Sums {
    var joules = 0.0
    var nanoseconds = 0.0

    static func - (left: Sums, right: Sums) -> Sums {
      Sums(joules: left.joules - right.joules, nanoseconds: left.nanoseconds - right.nanoseconds)
    }
  }

  private struct Entry {
    var ofShare = Sums()
    var ofRate = Sums()
    var sharedNanoseconds: Int64 = 0
  }

  private(set) var selfJoules: [Double]
  private(set) var selfNanoseconds: [Double]
  /// Whether another innermost span was there at some time of its own.
  private(set) var isShared: [Bool]
  private(set) var idleJoules = 0.0
  private(set) var occupiedNanoseconds: Double = 0

  private let curve: EnergyCurve
  private let rates: [Int?]
  private var running: RunningSpans
  private var entries: [Entry]
  private var now: Int64
  private var joules: Double
  private var sums = Entry()
  private var innermostCount = 0
  private var unknownCount = 0
  private var rateSum = 0

  /// - Parameter times: When each span runs; empty for one that does not.
  init(_ spans: [SpanInterval], times: [Range<Int64>], _ nesting: SpanNesting, curve: EnergyCurve, range: Range<Int64>)
  {
    self.curve = curve
    running = RunningSpans(nesting)
    selfJoules = Array(repeating: 0, count: spans.count)
    selfNanoseconds = selfJoules
    isShared = Array(repeating: false, count: spans.count)
    entries = Array(repeating: Entry(), count: spans.count)
    rates = spans.map { span in
      guard let tokens = span.tokens, tokens >= 0, span.end > span.start else { return nil }
      let rate = tokens / StepIntegral.seconds(span.end - span.start) * Self.rateScale
      return tokens == 0 ? 0 : Int(min(max(rate.rounded(), 1), Self.rateMax))
    }
    now = range.lowerBound
    joules = curve.joules(until: range.lowerBound)
    for event in Self.events(times) {
      advance(to: event.time)
      if event.isStart { start(event.span) } else { end(event.span) }
    }
    advance(to: range.upperBound)
  }

  private struct Event {
    let time: Int64
    let isStart: Bool
    let span: Int
  }

  /// Ends before starts of the same time.
  private static func events(_ times: [Range<Int64>]) -> [Event] {
    var events: [Event] = []
    events.reserveCapacity(2 * times.count)
    for (index, time) in times.enumerated() where !time.isEmpty {
      events.append(Event(time: time.lowerBound, isStart: true, span: index))
      events.append(Event(time: time.upperBound, isStart: false, span: index))
    }
    events.sort { ($0.time, $0.isStart ? 1 : 0, $0.span) < ($1.time, $1.isStart ? 1 : 0, $1.span) }
    return events
  }

  private mutating func advance(to time: Int64) {
    guard time > now else { return }
    let total = curve.joules(until: time)
    let passed = Sums(joules: max(0, total - joules), nanoseconds: Double(time - now))
    if innermostCount == 0 {
      idleJoules += passed.joules
    } else {
      occupiedNanoseconds += passed.nanoseconds
      if innermostCount > 1 { sums.sharedNanoseconds += time - now }
      if unknownCount == 0, rateSum > 0 {
        sums.ofRate.joules += passed.joules / Double(rateSum)
        sums.ofRate.nanoseconds += passed.nanoseconds / Double(rateSum)
      } else {
        sums.ofShare.joules += passed.joules / Double(innermostCount)
        sums.ofShare.nanoseconds += passed.nanoseconds / Double(innermostCount)
      }
    }
    joules = total
    now = time
  }

  private mutating func start(_ span: Int) {
    let outer = running.innermost(around: span)
    let wasInnermost = outer.map { !running.isAnyRunning(within: $0) } ?? false
    running.start(span)
    if !running.isAnyRunning(within: span) { enter(span) }
    if let outer, wasInnermost { leave(outer) }
  }

  private mutating func end(_ span: Int) {
    running.end(span)
    if !running.isAnyRunning(within: span) { leave(span) }
    if let outer = running.innermost(around: span), !running.isAnyRunning(within: outer) { enter(outer) }
  }

  private mutating func enter(_ span: Int) {
    innermostCount += 1
    if let rate = rates[span] { rateSum += rate } else { unknownCount += 1 }
    entries[span] = sums
  }

  private mutating func leave(_ span: Int) {
    innermostCount -= 1
    if let rate = rates[span] { rateSum -= rate } else { unknownCount -= 1 }
    let ofShare = sums.ofShare - entries[span].ofShare
    let ofRate = sums.ofRate - entries[span].ofRate
    let rate = Double(rates[span] ?? 0)
    selfJoules[span] += ofShare.joules + ofRate.joules * rate
    selfNanoseconds[span] += ofShare.nanoseconds + ofRate.nanoseconds * rate
    if sums.sharedNanoseconds > entries[span].sharedNanoseconds { isShared[span] = true }
  }
}
