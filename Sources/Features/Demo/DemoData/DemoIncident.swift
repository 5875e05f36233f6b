/// Something that goes wrong for some minutes.
struct DemoIncident: Sendable, Equatable {
  enum Kind: Sendable, CaseIterable {
    /// A GPU reports a fault, and the model on it fails until it is started again.
    case fault
    /// A GPU is too hot: its clock is lowered, and what runs on it takes longer.
    case heat
    /// One user sends prompts that are very long, and many of them.
    case heavyUser
    /// A model fails now and then.
    case errors
    /// A GPU may take less power.
    case powerCap
    /// A machine's agent is silent.
    case silence
  }

  let kind: Kind
  /// In seconds since 1970.
  let start: Int64
  let end: Int64
  /// A board, a model server or a machine, as the kind says.
  let target: Int

  func isOn(_ second: Int64) -> Bool { second >= start && second < end }

  /// The incident with a number: each kind comes in turn, the first after three minutes.
  ///
  /// - Parameter origin: when the data begins, in seconds since 1970.
  static func numbered(_ number: Int, since origin: Int64, seed: UInt64) -> DemoIncident {
    var random = SeededRandom(seed ^ UInt64(number) &* 0xd1b5_4a32_d192_ed03)
    let kind = Kind.allCases[number % Kind.allCases.count]
    let start = origin + 180 + Int64(number) * interval + (number == 0 ? 0 : Int64(random.number(0..<90)))
    let (target, length): (Int, Int64) =
      switch kind {
      case .fault: (random.element(of: [2, 3, 4, 6]), 40)
      case .heat: (random.element(of: [2, 3, 6]), 240)
      case .heavyUser: (0, 180)
      case .errors: (random.element(of: ModelServer.qwen + [ModelServer.llama70b]), 120)
      case .powerCap: (random.element(of: [0, 4]), 300)
      case .silence: (2, 150)
      }
    return DemoIncident(kind: kind, start: start, end: start + length, target: target)
  }

  /// From the start of one to the start of the next, in seconds.
  static let interval: Int64 = 660
}

/// The incidents at a time.
struct IncidentPlan: Sendable {
  private let origin: Int64
  private let seed: UInt64

  init(origin: Int64, seed: UInt64) {
    self.origin = origin
    self.seed = seed
  }

  /// Those that are on, or were until half a minute ago: the one with the newest number and the one before.
  func near(_ second: Int64) -> [DemoIncident] {
    let newest = Int(max(0, (second - origin - 180) / DemoIncident.interval))
    return (max(0, newest - 1)...newest).map { DemoIncident.numbered($0, since: origin, seed: seed) }
  }

  func on(_ kind: DemoIncident.Kind, target: Int? = nil, at second: Int64) -> DemoIncident? {
    near(second).first { $0.kind == kind && $0.isOn(second) && (target == nil || $0.target == target) }
  }

  /// How many times longer work takes on a board.
  func slowness(of board: Int, at second: Int64) -> Double {
    if on(.heat, target: board, at: second) != nil { return 1.9 }
    if on(.powerCap, target: board, at: second) != nil { return 1.35 }
    return 1
  }
}
