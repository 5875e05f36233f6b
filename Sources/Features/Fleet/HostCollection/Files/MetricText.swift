/// Parts of metric names that are made of the kernel's names.
enum MetricText {
  /// `Active(anon)` as `Active_anon`; nil where nothing is left that may be in a name.
  static func name(_ text: String) -> String? {
    var name: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        name.append(byte)
      case UInt8(ascii: ")"): break
      default: name.append(UInt8(ascii: "_"))
      }
    }
    return name.contains { $0 != UInt8(ascii: "_") } ? String(decoding: name, as: UTF8.self) : nil
  }

  /// A device's name in small letters, with `_` for what may not be in a name, but not at the ends.
  static func deviceName(_ text: String) -> String {
    let bytes = text.utf8.map { byte -> UInt8 in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
      default: UInt8(ascii: "_")
      }
    }
    let trimmed = bytes.drop { $0 == UInt8(ascii: "_") }.reversed().drop { $0 == UInt8(ascii: "_") }.reversed()
    return String(decoding: trimmed, as: UTF8.self)
  }
}
