import System
import Testing

@testable import EventLoop

@Suite struct TimerWheelTests {
  private func after(_ milliseconds: Int64) -> Instant {
    Instant(nanoseconds: 1_000_000_000 + milliseconds * 1_000_000)
  }

  @Test(arguments: [Int64(1), 8, 9, 100, 8_000, 8_600, 20_000, 3_600_000])
  func `a timer fires once, never early and at most two ticks late`(delay: Int64) {
    var wheel = TimerWheel(now: after(0))
    let timer = LoopTimer()
    wheel.arm(timer, at: after(delay))
    var fired: [Int64] = []
    var now: Int64 = 0
    while now < delay + 100 {
      now += delay > 100_000 ? 1_000 : 1
      if !wheel.advance(to: after(now)).isEmpty { fired.append(now) }
    }
    #expect(fired.count == 1)
    #expect(fired.allSatisfy { $0 >= delay && $0 <= delay + (delay > 100_000 ? 1_000 : 18) })
    #expect(wheel.count == 0)
  }

  @Test func `a deadline that keeps moving to later fires only at the last one`() {
    var wheel = TimerWheel(now: after(0))
    let timer = LoopTimer()
    var fired: [Int64] = []
    for now in stride(from: Int64(0), through: 30_000, by: 10) {
      if now <= 20_000 { wheel.arm(timer, at: after(now + 500)) }
      if !wheel.advance(to: after(now)).isEmpty { fired.append(now) }
    }
    #expect(fired.count == 1)
    #expect(fired.allSatisfy { $0 >= 20_500 && $0 <= 20_530 })
  }

  @Test func `a deadline that moves to earlier fires at the earlier one`() {
    var wheel = TimerWheel(now: after(0))
    let timer = LoopTimer()
    wheel.arm(timer, at: after(60_000))
    wheel.arm(timer, at: after(50))
    #expect(wheel.advance(to: after(49)).isEmpty)
    #expect(wheel.advance(to: after(70)).count == 1)
    #expect(wheel.advance(to: after(70_000)).isEmpty)
  }

  @Test func `of many timers those that are due come out, whatever was cancelled and however long the sleep was`() {
    var wheel = TimerWheel(now: after(0))
    var timers: [LoopTimer] = []
    for index in 0..<2_000 {
      let timer = LoopTimer()
      wheel.arm(timer, at: after(Int64(index) * 13 % 30_000))
      timers.append(timer)
    }
    for index in stride(from: 0, to: 2_000, by: 3) { wheel.cancel(timers[index]) }
    let left = timers.indices.filter { $0 % 3 != 0 }
    let due = left.filter { Int64($0) * 13 % 30_000 < 15_000 }.count
    #expect(wheel.count == left.count)
    #expect(wheel.advance(to: after(15_020)).count >= due)
    _ = wheel.advance(to: after(40_000))
    #expect(wheel.count == 0)
    #expect(wheel.timeToNext(now: after(40_000)) == nil)
  }

  @Test func `the time to the next timer is never later than its deadline allows`() throws {
    var wheel = TimerWheel(now: after(0))
    wheel.arm(LoopTimer(), at: after(5_000))
    let wait = try #require(wheel.timeToNext(now: after(0)))
    #expect(wait <= .milliseconds(5_018))
    #expect(wait > .milliseconds(4_990))
  }
}
