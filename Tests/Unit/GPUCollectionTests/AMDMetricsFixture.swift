/// Writes tables as the kernel's driver does: members one after the other, each aligned to its size.
struct AMDMetricsFixture {
  /// A member of a table: its name, the size of a number in bytes, and how many.
  struct Member {
    let name: String
    let size: Int
    let count: Int
  }

  let format: UInt8
  let content: UInt8
  let members: [Member]

  /// - Parameter text: members, such as `temperature_hotspot:2` or `vcn_activity:2x4`.
  init(_ format: UInt8, _ content: UInt8, _ text: String) {
    self.format = format
    self.content = content
    members = text.split { $0 == " " || $0 == "\n" }.map { word in
      let parts = word.split(separator: ":")
      let numbers = parts[1].split(separator: "x").map { Int($0) ?? 0 }
      return Member(name: String(parts[0]), size: numbers[0], count: numbers.count > 1 ? numbers[1] : 1)
    }
  }

  /// The bytes of a table in which what is not named is all ones.
  func bytes(_ values: [String: UInt64] = [:]) -> [UInt8] {
    var bytes: [UInt8] = [0, 0, format, content]
    var alignment = 2
    for member in members {
      alignment = max(alignment, member.size)
      while bytes.count % member.size != 0 { bytes.append(0) }
      for _ in 0..<member.count {
        let value = values[member.name] ?? .max
        bytes += (0..<member.size).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
      }
    }
    while bytes.count % alignment != 0 { bytes.append(0) }
    bytes[0] = UInt8(truncatingIfNeeded: bytes.count)
    bytes[1] = UInt8(truncatingIfNeeded: bytes.count >> 8)
    return bytes
  }

  private static let boardTemperatures = "edge:2 hotspot:2 mem:2 vrgfx:2 vrsoc:2 vrmem:2 gfx:2 umc:2 mm:2 power:2"
  private static let boardClocks = "average:2x7 current:2x7 throttle:4 fan:2"
  private static let board =
    "\(boardTemperatures) energy:8 clock:8 \(boardClocks) width:2 speed:2 padding:2 gfx_acc:4 mem_acc:4 hbm:2x4"
  private static let socketStart = "hotspot:2 mem:2 vrsoc:2 power:2 gfx:2 umc:2"
  private static let links = "width:2 speed:2 xgmi:2x2 gfx_acc:4 mem_acc:4 bandwidth:8x2 recoveries:8 replays:8 rover:8"
  private static let clocks = "gfxclk:2x8 socclk:2x4 vclk:2x4 dclk:2x4 uclk:2"
  private static let residencies = "accumulation:4 prochot:4 ppt:4 socket:4 vr:4 hbm:4 lock:4"
  private static let apu = "gfxtemp:2 soctemp:2 core:2x8 l3:2x2 gfx:2 mm:2"
  private static let apuEnd =
    "power:2x4 corepower:2x8 average:2x6 current:2x6 coreclk:2x8 l3clk:2x2 throttle:4 fan:2 padding:2x3"

  /// An XCP's members, of which each table has eight in a row.
  private static func partitions(_ members: String) -> String {
    Array(repeating: members, count: 8).joined(separator: " ")
  }

  static let v1_0 = AMDMetricsFixture(
    1, 0, "clock:8 \(boardTemperatures) energy:4 \(boardClocks) width:1 speed:1")
  static let v1_1 = AMDMetricsFixture(1, 1, board)
  static let v1_2 = AMDMetricsFixture(1, 2, "\(board) firmware:8")
  static let v1_3 = AMDMetricsFixture(1, 3, "\(board) firmware:8 voltage:2x3 padding1:2 throttlers:8")
  static let v1_4 = AMDMetricsFixture(
    1, 4,
    "\(socketStart) vcn:2x4 energy:8 clock:8 throttle:4 lock:4 \(links) data:8x16 firmware:8 \(clocks) padding:2")
  static let v1_5 = AMDMetricsFixture(
    1, 5,
    "\(socketStart) vcn:2x4 jpeg:2x32 energy:8 clock:8 throttle:4 lock:4 \(links) nak:4x2 data:8x16 firmware:8 "
      + "\(clocks) padding:2")
  static let v1_6 = AMDMetricsFixture(
    1, 6,
    "\(socketStart) energy:8 clock:8 \(residencies) \(links) nak:4x2 data:8x16 firmware:8 \(clocks) partitions:2 "
      + partitions("busy:4x8 jpegs:2x32 vcns:2x4 busies:8x8") + " other:4")
  static let v1_7 = AMDMetricsFixture(
    1, 7,
    "\(socketStart) bandwidth_max:8 energy:8 clock:8 \(residencies) \(links) nak:4x2 data:8x16 status:2x8 padding:2 "
      + "firmware:8 \(clocks) partitions:2 " + partitions("busy:4x8 jpegs:2x32 vcns:2x4 busies:8x16") + " other:4")
  static let v1_8 = AMDMetricsFixture(
    1, 8,
    "\(socketStart) bandwidth_max:8 energy:8 clock:8 \(residencies) \(links) nak:4x2 data:8x16 status:2x8 padding:2 "
      + "firmware:8 \(clocks) partitions:2 " + partitions("busy:4x8 jpegs:2x40 vcns:2x4 busies:8x40") + " other:4")
  static let v2_1 = AMDMetricsFixture(2, 1, "\(apu) clock:8 \(apuEnd)")
  static let v2_2 = AMDMetricsFixture(2, 2, "\(apu) clock:8 \(apuEnd) throttlers:8")
  static let v2_3 = AMDMetricsFixture(2, 3, "\(apu) clock:8 \(apuEnd) throttlers:8 means:2x12")
  static let v2_4 = AMDMetricsFixture(2, 4, "\(apu) clock:8 \(apuEnd) throttlers:8 means:2x12 voltage:2x3 ampere:2x3")
  static let v3_0 = AMDMetricsFixture(
    3, 0,
    "gfxtemp:2 soctemp:2 core:2x16 skin:2 gfx:2 vcn:2 ipu:2x8 c0:2x16 dram:2x2 ipubytes:2x2 clock:8 power:4 "
      + "ipupower:2 apu:4 gfxpower:4 dgpu:4 cores:4 corepower:2x16 system:2 limits:2x2 average:2x8 coreclk:2x16 "
      + "highest:2x2 residency:4x7 alpha:4")

  static let all = [v1_0, v1_1, v1_2, v1_3, v1_4, v1_5, v1_6, v1_7, v1_8, v2_1, v2_2, v2_3, v2_4, v3_0]
}
