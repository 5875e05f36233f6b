import Base
import Testing

struct ByteCountTextTests {
  @Test(arguments: [
    (0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (64 << 20, "64 MiB"), (Int.max, "8192 PiB"),
    (1_000_000_000, "1 GB"), (1_500_000, "1.5 MB"), (123_456_789, "117.7 MiB"), (3 << 29, "1.5 GiB"),
  ])
  func `sizes are written for people, in the units in which they are exact`(count: Int, text: String) {
    #expect(ByteCountText.format(count) == text)
  }

  @Test(arguments: [(1_000_000_000, "123.5 MB"), (1 << 30, "117.7 MiB")])
  func `a size that is compared with a setting has its units`(setting: Int, text: String) {
    #expect(ByteCountText.format(123_456_789, like: setting) == text)
  }
}
