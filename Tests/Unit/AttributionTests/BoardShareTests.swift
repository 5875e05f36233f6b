import Testing

@testable import Attribution

/// Goal: parts of a board are parts of its hours, whatever the board was divided into and when.
@Suite struct BoardShareTests {
  private static func part(_ id: String, _ size: Double, _ validity: [Range<Int64>] = [0..<100]) -> ResourceInput {
    ResourceInput(id: id, isPart: true, size: size, validity: validity)
  }

  private static func board(_ resources: [ResourceInput]) -> BoardInput {
    var board = BoardInput()
    board.resources = resources
    return board
  }

  @Test func `a whole board is all of itself`() {
    let whole = ResourceInput(id: "GPU-1")
    #expect(Self.board([whole]).share(of: whole, in: 0..<100) == 1)
  }

  @Test func `parts that are there together add up to the board, by size`() {
    let parts = [Self.part("a", 3), Self.part("b", 2), Self.part("c", 2), Self.part("d", 1)]
    let board = Self.board([ResourceInput(id: "GPU-1")] + parts)
    let shares: [Double] = parts.map { board.share(of: $0, in: 0..<100) }
    #expect(shares == [0.375, 0.25, 0.25, 0.125])
  }

  @Test func `a part is compared with those of its own time`() {
    let before = [Self.part("a", 1, [0..<40]), Self.part("b", 1, [0..<40])]
    let after = [Self.part("c", 7, [40..<100])]
    let board = Self.board(before + after)
    let shares: [Double] = (before + after).map { board.share(of: $0, in: 0..<100) }
    #expect(shares == [0.5, 0.5, 1])
    // Beside another one for half of its time.
    let (long, short) = (Self.part("d", 1, [0..<80]), Self.part("e", 1, [0..<40]))
    let both = Self.board([long, short])
    #expect(both.share(of: long, in: 0..<100) == 0.75)
    #expect(both.share(of: short, in: 0..<100) == 0.5)
  }
}
