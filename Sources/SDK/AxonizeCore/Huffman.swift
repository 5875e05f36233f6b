import CAxonizeCore

/// HPACK's code for texts (RFC 7541, 5.2 and Appendix B).
///
/// The code is canonical: codes of one length follow each other in the order of their symbols, and begin where those of
/// the length before ended. So the lengths say all of it.
struct Huffman {
  /// The number of codes of each length, and behind them the symbols in the order of their codes.
  var memory: UnsafeMutablePointer<UInt16>

  private static let end: UInt16 = 256
  private static let bitsMax = 30
  private static let symbolCount = 257

  /// The length of the code of each symbol: "A" for 5 bits, "Z" for 30.
  private static var lengths: StaticString {
    """
    ISXXXXXXXTZXXZXXXXXXXXZXXXXXXXXXBFFHIBDGFFDGDBBBAAABBBBBBBCDKBHF\
    IBCCCCCCCCCCCCCCCCCCCCCCDCDIOIJBKABABABBBACCBBBABCBAABCCCCCKGJIX\
    PRPPRRRSRSSSSSTSTTRSTSSSSQRSRSSTRQPRRSSQSRRTQRSSQQRQSRSSPRRRSRRS\
    VVPORSRUVVVWWVTUOQVWWVWTQQVVXWWWPTPQRQQSRRUUTTVSVWVVWWWWWXWWWWWV\
    Z
    """
  }

  /// Builds the table; nil without memory.
  static func make() -> Huffman? {
    guard let memory = calloc(bitsMax &+ 1 &+ symbolCount, MemoryLayout<UInt16>.stride) else { return nil }
    let counts = memory.assumingMemoryBound(to: UInt16.self)
    let symbols = counts + bitsMax + 1
    let letters = lengths.utf8Start
    var place = 0
    var length = 5
    while length <= bitsMax {
      var symbol = 0
      while symbol < symbolCount {
        if Int(letters[symbol]) &- 60 == length {
          counts[length] &+= 1
          symbols[place] = UInt16(truncatingIfNeeded: symbol)
          place &+= 1
        }
        symbol &+= 1
      }
      length &+= 1
    }
    return Huffman(memory: counts)
  }

  static func release(_ table: Huffman) { free(table.memory) }

  /// Decodes into `target`, which has `room` bytes; nil for what is no code, and for what does not fit.
  static func decode(
    _ table: Huffman, _ bytes: UnsafePointer<UInt8>, _ size: Int, _ target: UnsafeMutablePointer<UInt8>, _ room: Int
  ) -> Int? {
    let counts = table.memory
    let symbols = counts + bitsMax + 1
    var written = 0
    // The bits since the last symbol, the first code with that many, and where its symbol lies.
    var code: UInt32 = 0
    var length = 0
    var first: UInt32 = 0
    var offset = 0
    var index = 0
    while index < size {
      var bit = 8
      while bit > 0 {
        bit &-= 1
        code = code &<< 1 | UInt32(bytes[index] &>> UInt8(truncatingIfNeeded: bit) & 1)
        first = (first &+ UInt32(counts[length])) &<< 1
        offset &+= Int(counts[length])
        length &+= 1
        // All codes together leave none out, so one of at most 30 bits is found.
        if code &- first < UInt32(counts[length]) {
          let symbol = symbols[offset &+ Int(code &- first)]
          guard symbol != end, written < room else { return nil }
          target[written] = UInt8(truncatingIfNeeded: symbol)
          written &+= 1
          code = 0
          length = 0
          first = 0
          offset = 0
        }
      }
      index &+= 1
    }
    // What is left are the first bits of the end's code: ones, fewer than eight.
    guard length < 8, code == 1 &<< UInt32(length) &- 1 else { return nil }
    return written
  }
}
