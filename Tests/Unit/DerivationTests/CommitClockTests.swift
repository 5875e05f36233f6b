import Derivation
import Testing

@Suite struct CommitClockTests {
  @Test func `times grow, also when the clock of the system is behind`() {
    let future = Int64.max - 1_000
    let clock = CommitClock(after: future)
    #expect(clock.settled == future)
    let times = [clock.begin(), clock.begin()]
    #expect(times == [future + 1, future + 2])
    #expect(clock.latest == future + 2)
  }

  @Test func `what is settled stays before the earliest commit under way`() {
    let clock = CommitClock(after: 0)
    let (first, second) = (clock.begin(), clock.begin())
    #expect(clock.settled == first - 1)
    clock.end(second)
    #expect(clock.settled == first - 1, "the earlier one is still under way")
    let third = clock.begin()
    clock.end(first)
    #expect(clock.settled == third - 1)
    clock.end(third)
    #expect(clock.settled == third)
  }
}
