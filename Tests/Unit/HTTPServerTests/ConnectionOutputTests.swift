import Testing

@testable import HTTPServer

@Suite struct ConnectionOutputTests {
  /// Bytes of a length, each piece from another number on.
  private static func piece(_ first: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: first &+ $0 &* 7) }
  }

  @Test(
    arguments: [
      [10], [100_000], [10, 100_000], [100_000, 10], [100_000, 100_000], [10, 100_000, 20, 100_000, 30],
      [1, 2, 3, 65_536, 65_537, 4], [],
    ], [1_000, 65_536, 1 << 20])
  func `bytes come out in the order in which they were written`(sizes: [Int], taken: Int) {
    var output = ConnectionOutput()
    var expected: [UInt8] = []
    for (index, size) in sizes.enumerated() {
      let piece = Self.piece(index, size)
      output.append(piece)
      output.append("-")
      expected += piece + [UInt8(ascii: "-")]
    }
    let written = output.count
    #expect(written == expected.count)
    var sent: [UInt8] = []
    while !output.isEmpty {
      let part = unsafe output.withNext(taken) { unsafe [UInt8]($0) }
      #expect(!part.isEmpty)
      #expect(part.count <= taken)
      sent += part
      output.removeFirst(part.count)
      let left = output.count
      #expect(left == expected.count - sent.count)
    }
    #expect(sent == expected)
  }

  @Test func `what is written while a body waits follows it`() {
    var output = ConnectionOutput()
    let (first, second) = (Self.piece(1, 100_000), Self.piece(2, 200_000))
    output.append(first)
    output.removeFirst(50_000)
    output.append("between")
    output.append(second)
    var sent: [UInt8] = []
    while !output.isEmpty {
      let part = unsafe output.withNext(30_000) { unsafe [UInt8]($0) }
      sent += part
      output.removeFirst(part.count)
    }
    #expect(sent == first[50_000...] + Array("between".utf8) + second)
  }

  @Test func `nothing is left of what is dropped`() {
    var output = ConnectionOutput()
    output.append(Self.piece(1, 100_000))
    output.append("behind")
    output.removeAll()
    let isEmpty = output.isEmpty
    #expect(isEmpty)
    output.append("new")
    let next = unsafe output.withNext(10) { unsafe [UInt8]($0) }
    #expect(next == Array("new".utf8))
  }
}
