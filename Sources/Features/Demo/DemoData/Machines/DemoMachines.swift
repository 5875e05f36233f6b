/// What kind of board a GPU is.
struct BoardModel: Sendable {
  let name: String
  let architecture: String
  let computeCapability: String
  let memoryBytes: Double
  let idleWatts: Double
  let limitWatts: Double
  let smClockMaxHertz: Double
  let hasNVLink: Bool

  static let h200 = BoardModel(
    name: "NVIDIA H200", architecture: "Hopper", computeCapability: "9.0", memoryBytes: 150_754_820_096, idleWatts: 76,
    limitWatts: 700, smClockMaxHertz: 1_980e6, hasNVLink: true)
  static let h100 = BoardModel(
    name: "NVIDIA H100 80GB HBM3", architecture: "Hopper", computeCapability: "9.0", memoryBytes: 85_520_809_984,
    idleWatts: 70, limitWatts: 700, smClockMaxHertz: 1_980e6, hasNVLink: true)
  static let l40s = BoardModel(
    name: "NVIDIA L40S", architecture: "Ada Lovelace", computeCapability: "8.9", memoryBytes: 48_305_799_168,
    idleWatts: 34, limitWatts: 350, smClockMaxHertz: 2_520e6, hasNVLink: false)
}

/// A part of a divided board (MIG).
struct BoardPart: Sendable {
  let uuid: String
  let profile: String
  let gpuInstance: Int
  let slices: Int
  let multiprocessorCount: Int
  let memoryBytes: Double
}

/// A GPU of a machine.
struct Board: Sendable {
  let node: Int
  /// Of its machine.
  let index: Int
  let uuid: String
  let pciBusID: String
  let serial: String
  let model: BoardModel
  let parts: [BoardPart]
}

/// A machine.
struct Machine: Sendable {
  let name: String
  let rack: String
  let cpuCount: Int
  let memoryBytes: Double
}

/// A whole GPU, or a part of one.
struct Device: Sendable, Hashable {
  /// Among all of ``DemoMachines/boards``.
  let board: Int
  /// Nil for the whole.
  var part: Int?
}

/// The machines with their GPUs; ids are made of the seed.
struct DemoMachines: Sendable {
  let nodes: [Machine] = [
    Machine(name: "dgx-h200-01", rack: "r12", cpuCount: 16, memoryBytes: 2_164e9),
    Machine(name: "hgx-h100-02", rack: "r12", cpuCount: 16, memoryBytes: 1_082e9),
    Machine(name: "l40s-03", rack: "r14", cpuCount: 16, memoryBytes: 541e9),
  ]
  let boards: [Board]

  init(_ random: inout SeededRandom) {
    let models: [(node: Int, model: BoardModel)] = [
      (0, .h200), (0, .h200), (0, .h200), (0, .h200), (1, .h100), (1, .h100), (2, .l40s), (2, .l40s),
    ]
    var boards: [Board] = []
    for (number, place) in models.enumerated() {
      let index = boards.count { $0.node == place.node }
      boards.append(
        Board(
          node: place.node, index: index, uuid: "GPU-\(Self.uuid(&random))",
          pciBusID: "0000:\(Self.hex(0x18 + UInt64(index) * 0x23, 2)):00.0",
          serial: "16\(random.number(10_000_000..<99_999_999))", model: place.model,
          parts: number == Self.dividedBoard ? Self.parts(&random) : []))
    }
    self.boards = boards
  }

  /// The board with MIG devices.
  static let dividedBoard = 5

  private static func parts(_ random: inout SeededRandom) -> [BoardPart] {
    let profiles: [(name: String, instance: Int, slices: Int, multiprocessors: Int, gibibytes: Double)] = [
      ("3g.40gb", 1, 3, 60, 39.4), ("2g.20gb", 3, 2, 32, 19.5), ("1g.10gb", 9, 1, 16, 9.6),
    ]
    return profiles.map {
      BoardPart(
        uuid: "MIG-\(uuid(&random))", profile: $0.name, gpuInstance: $0.instance, slices: $0.slices,
        multiprocessorCount: $0.multiprocessors, memoryBytes: $0.gibibytes * 1_073_741_824)
    }
  }

  /// A random id in the form of RFC 9562, version 4.
  static func uuid(_ random: inout SeededRandom) -> String {
    let high = random.bits() & ~0xf000 | 0x4000
    let low = random.bits() & ~(3 << 62) | 2 << 62
    return [hex(high >> 32, 8), hex(high >> 16 & 0xffff, 4), hex(high & 0xffff, 4), hex(low >> 48, 4)]
      .joined(separator: "-") + "-" + hex(low & 0xffff_ffff_ffff, 12)
  }

  static func hex(_ value: UInt64, _ digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
  }

  func board(of device: Device) -> Board { boards[device.board] }

  func uuid(of device: Device) -> String {
    device.part.map { boards[device.board].parts[$0].uuid } ?? boards[device.board].uuid
  }
}
