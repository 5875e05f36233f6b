/// What a GPU does: its values follow from what runs on it.
struct BoardState: Sendable {
  /// What runs on a whole GPU or a part of it in a second.
  struct Use: Sendable {
    /// Part of the second in which something runs.
    var busy = 0.0
    /// How many requests run meanwhile.
    var concurrency = 0.0

    /// How hard the multiprocessors work.
    var intensity: Double { busy * (0.5 + 0.5 * min(1, concurrency / 6)) }
  }

  private let board: Board
  private(set) var watts: Double
  private(set) var joules: Double
  private(set) var celsius: Double
  private(set) var clockHertz: Double
  private(set) var clockReasons: UInt64 = 1
  private(set) var use = Use()
  private(set) var partUses: [Use]
  var faultCount = 0

  init(_ board: Board, random: inout SeededRandom) {
    self.board = board
    watts = board.model.idleWatts
    joules = Double(random.number(80_000_000..<400_000_000))
    celsius = 38
    clockHertz = board.model.smClockMaxHertz
    partUses = [Use](repeating: Use(), count: board.parts.count)
  }

  /// Moves on by a second.
  mutating func advance(
    whole: Use, parts: [Use], isHot: Bool, isCapped: Bool, random: inout SeededRandom
  ) {
    partUses = parts
    use = whole
    if !parts.isEmpty {
      use.busy = parts.lazy.map(\.busy).max() ?? 0
      use.concurrency = parts.reduce(0) { $0 + $1.concurrency }
    }
    let model = board.model
    let intensity =
      parts.isEmpty
      ? use.intensity
      : zip(parts, board.parts).reduce(0) { $0 + $1.0.intensity * Double($1.1.slices) / 7 }
    let isBusy = use.busy > 0
    let limit = isCapped ? model.limitWatts * 0.6 : model.limitWatts
    let factor = isHot ? 0.66 : 1
    let noise = (random.fraction() - 0.5) * 4
    // The counter grows by the mean power of the second, which is what the power says.
    watts = min(limit, model.idleWatts + (model.limitWatts * 0.93 - model.idleWatts) * intensity * factor + noise)
    joules += watts
    celsius += (32 + 46 * watts / model.limitWatts + (isHot ? 26 : 0) - celsius) * 0.06
    clockReasons = 0
    if !isBusy { clockReasons |= 0x1 }
    if isHot { clockReasons |= 0x20 | 0x40 }
    if isCapped, isBusy { clockReasons |= 0x4 }
    let slowed = isHot ? 0.55 : isCapped && isBusy ? 0.74 : 0.985
    clockHertz = (model.smClockMaxHertz * slowed / 15e6).rounded() * 15e6
  }

  /// Memory in use by what is loaded; model servers take what they need for their cache at the start.
  func memoryBytes(servers: [ModelServer], part: Int?) -> Double {
    let size = part.map { board.parts[$0].memoryBytes } ?? board.model.memoryBytes
    let total = servers.reduce(0.0) { sum, server in
      guard server.engine != "tei" else {
        return sum + server.weightBytes + 260e6 * (1 + (part.map { partUses[$0] } ?? use).concurrency)
      }
      return sum + size * 0.9
    }
    return min(size * 0.97, total + 0.5e9).rounded()
  }

  static func activity(_ metric: BoardSeries.Activity, _ use: Use) -> Double {
    switch metric {
    case .graphics: use.busy
    case .sm: use.busy * (0.38 + 0.45 * min(1, use.concurrency / 6))
    case .tensor: use.busy * (0.12 + 0.35 * min(1, use.concurrency / 6))
    case .memory: use.busy * (0.62 + 0.2 * min(1, use.concurrency / 6))
    }
  }
}
