import Base
import Testing

@testable import EnergyAccounting

/// Goal: minutes with many spans are looked at in parts that fit, found once, and in longer ones again when there are fewer.
///
/// Method: minutes are noted as the accountant notes them.
@Suite struct PartLengthTests {
  private static let minute = TimeRange(start: UnixNanoseconds(0), end: UnixNanoseconds(60_000_000_000))

  private func seconds(_ length: PartLength) -> [Int64] {
    length.parts(of: Self.minute).map { $0.durationNanoseconds / 1_000_000_000 }
  }

  @Test func `parts cover a time, one after the other`() {
    var length = PartLength(spanCountMax: 100)
    #expect(seconds(length) == [60])
    length.noteHalved(TimeRange(start: UnixNanoseconds(0), end: UnixNanoseconds(15_000_000_000)))
    length.endMinute()
    #expect(seconds(length) == Array(repeating: 7, count: 8) + [4])
    let parts = length.parts(of: Self.minute)
    #expect(parts.first?.start == Self.minute.start)
    #expect(parts.last?.end == Self.minute.end)
    #expect(zip(parts, parts.dropFirst()).allSatisfy { $0.end == $1.start })
  }

  @Test func `they are never shorter than a second`() {
    var length = PartLength(spanCountMax: 100)
    length.noteHalved(TimeRange(start: UnixNanoseconds(0), end: UnixNanoseconds(1_500_000_000)))
    length.endMinute()
    #expect(seconds(length) == Array(repeating: 1, count: 60))
  }

  @Test func `they are longer again where spans are less than a quarter of what is read`() {
    var length = PartLength(spanCountMax: 100)
    length.noteHalved(Self.minute)
    length.note(spanCount: 60)
    length.endMinute()
    for (count, expected) in [(25, 30), (24, 60), (3, 60)] as [(Int, Int64)] {
      length.note(spanCount: count)
      length.endMinute()
      #expect(length.seconds == expected)
    }
  }
}
