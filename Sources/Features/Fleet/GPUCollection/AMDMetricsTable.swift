/// What the file `gpu_metrics` of a device says: one table of the GPU's firmware, in the layout that its header names.
///
/// Layouts and units are those of `drivers/gpu/drm/amd/include/kgd_pp_interface.h` in the Linux kernel, whose structures
/// are aligned as C does it, little endian. Only what it gives a unit for is taken, and only from a table that is as large
/// as its version says: an early v1.6 had another layout under the same number. Of v2.x the header says units for v2.4
/// only, of energy from v1.4 on: 2^-16 J, which is 15.259 µJ.
package struct AMDMetricsTable: Sendable, Equatable {
  /// Why a table is not read.
  package enum Failure: Error, Sendable, Equatable, CustomStringConvertible {
    case truncated(byteCount: Int)
    case unknownVersion(Version, byteCount: Int)

    package var description: String {
      switch self {
      case .truncated(let count): "gpu_metrics has \(count) bytes, fewer than its header says"
      case .unknownVersion(let version, let count):
        "gpu_metrics v\(version.format).\(version.content) of \(count) bytes is a layout that is not known"
      }
    }
  }

  /// Revisions of the format and of its content.
  package struct Version: Sendable, Hashable {
    package let format: UInt8
    package let content: UInt8
  }

  package let version: Version
  /// In degrees Celsius.
  package private(set) var hotSpotCelsius: Double?
  package private(set) var memoryCelsius: Double?
  package private(set) var graphicsCelsius: Double?
  package private(set) var watts: Double?
  /// From 0 to 1.
  package private(set) var utilisation: Double?
  package private(set) var memoryUtilisation: Double?
  /// Since the driver was loaded.
  package private(set) var joules: Double?
  package private(set) var pcieReplayCount: Double?
  /// Why clocks are lowered, as bits that mean the same on all GPUs of AMD.
  package private(set) var throttlers: UInt64?
  /// Whether the header gives a unit for the energy of this version.
  package let hasEnergyUnit: Bool

  /// Reads a table.
  package init(_ bytes: [UInt8]) throws(Failure) {
    guard bytes.count >= 4 else { throw .truncated(byteCount: bytes.count) }
    let size = Int(bytes[0]) | Int(bytes[1]) << 8
    let version = Version(format: bytes[2], content: bytes[3])
    guard let layout = AMDMetricsLayout.all[version], layout.byteCount == size else {
      throw .unknownVersion(version, byteCount: size)
    }
    guard bytes.count >= size else { throw .truncated(byteCount: bytes.count) }
    self.version = version
    hasEnergyUnit = layout.energy != nil
    let fields = AMDMetricsFields(bytes)
    hotSpotCelsius = fields.short(layout.hotSpot)
    memoryCelsius = fields.short(layout.memory)
    graphicsCelsius = fields.short(layout.graphics, times: 0.01)
    watts = fields.short(layout.power)
    utilisation = Self.ratio(fields.short(layout.utilisation, times: layout.activityUnit))
    memoryUtilisation = Self.ratio(fields.short(layout.memoryUtilisation, times: layout.activityUnit))
    joules = fields.long(layout.energy).map { Double($0) / 65_536 }
    pcieReplayCount = fields.long(layout.replays).map { Double($0) }
    throttlers = fields.long(layout.throttlers)
  }

  /// Nil for what is no part of a whole, such as numbers of a firmware that is mistaken.
  private static func ratio(_ value: Double?) -> Double? { value.flatMap { $0 <= 1 ? $0 : nil } }
}

/// Reads numbers at places; all ones is a value that the hardware does not have.
private struct AMDMetricsFields {
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func short(_ place: Int?, times factor: Double = 1) -> Double? {
    guard let place, place + 2 <= bytes.count else { return nil }
    let value = UInt16(bytes[place]) | UInt16(bytes[place + 1]) << 8
    return value == .max ? nil : Double(value) * factor
  }

  func long(_ place: Int?) -> UInt64? {
    guard let place, place + 8 <= bytes.count else { return nil }
    let value = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
    return value == .max ? nil : value
  }
}

/// Where the values of a version are, in bytes from the start.
struct AMDMetricsLayout: Sendable {
  var byteCount: Int
  /// Whole degrees.
  var hotSpot: Int?
  var memory: Int?
  /// Hundredths of a degree.
  var graphics: Int?
  /// Whole watts.
  var power: Int?
  var utilisation: Int?
  var memoryUtilisation: Int?
  /// What a number of the two is multiplied by.
  var activityUnit = 0.01
  var energy: Int?
  var replays: Int?
  var throttlers: Int?

  /// The socket of an Instinct MI300 and later, v1.4 on: they differ in what lies between.
  private static func socket(_ byteCount: Int, energy: Int, replays: Int) -> AMDMetricsLayout {
    AMDMetricsLayout(
      byteCount: byteCount, hotSpot: 4, memory: 6, power: 10, utilisation: 12, memoryUtilisation: 14, energy: energy,
      replays: replays)
  }

  static let all: [AMDMetricsTable.Version: AMDMetricsLayout] = {
    let layouts: [(format: UInt8, content: UInt8, layout: AMDMetricsLayout)] = [
      (1, 0, AMDMetricsLayout(byteCount: 80)), (1, 1, AMDMetricsLayout(byteCount: 96)),
      (1, 2, AMDMetricsLayout(byteCount: 104)), (1, 3, AMDMetricsLayout(byteCount: 120, throttlers: 112)),
      (1, 4, socket(288, energy: 24, replays: 88)), (1, 5, socket(360, energy: 88, replays: 152)),
      (1, 6, socket(1_664, energy: 16, replays: 104)), (1, 7, socket(2_208, energy: 24, replays: 112)),
      (1, 8, socket(3_872, energy: 24, replays: 112)),
      (2, 1, AMDMetricsLayout(byteCount: 120)), (2, 2, AMDMetricsLayout(byteCount: 128, throttlers: 120)),
      (2, 3, AMDMetricsLayout(byteCount: 152, throttlers: 120)),
      (
        2, 4,
        AMDMetricsLayout(byteCount: 168, graphics: 4, utilisation: 28, activityUnit: 0.000_1, throttlers: 120)
      ),
      (3, 0, AMDMetricsLayout(byteCount: 264, utilisation: 42)),
    ]
    return Dictionary(uniqueKeysWithValues: layouts.map { (.init(format: $0.format, content: $0.content), $0.layout) })
  }()
}
