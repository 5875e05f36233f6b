import SeriesBytes

/// The newest values of all collectors as a page of Prometheus' text format, version 0.0.4.
package enum CollectedPage {
  /// - Parameter parts: what several threads collected; a family that two of them have is written once.
  package static func encode(_ parts: [Collected]) -> [UInt8] {
    var series: [(name: String, part: Int, number: Int)] = []
    for (part, collected) in parts.enumerated() {
      for number in 0..<collected.seriesCount where collected.isCurrent(number) {
        series.append((collected.family(of: number).name, part, number))
      }
    }
    // The order of a family's series is that in which they came.
    series.sort { ($0.name, $0.part, $0.number) < ($1.name, $1.part, $1.number) }
    var page: [UInt8] = []
    page.reserveCapacity(series.count * 80)
    var name = ""
    for one in series {
      let collected = parts[one.part]
      let family = collected.family(of: one.number)
      if family.name != name {
        name = family.name
        append(family, to: &page)
      }
      append(collected, one.number, family, to: &page)
    }
    return page
  }

  private static func append(_ family: CollectedFamily, to page: inout [UInt8]) {
    let type = family.type == .unknown ? "untyped" : "\(family.type)"
    page += "# HELP \(family.name) ".utf8
    append(escaping: family.help, quotes: false, to: &page)
    page += "\n# TYPE \(family.name) \(type)\n".utf8
  }

  private static func append(
    _ collected: Collected, _ number: Int, _ family: CollectedFamily, to page: inout [UInt8]
  ) {
    page += family.name.utf8
    if !family.labelNames.isEmpty {
      var separator = UInt8(ascii: "{")
      for (name, value) in zip(family.labelNames, collected.labelValues(of: number)) {
        page.append(separator)
        page += "\(name)=\"".utf8
        append(escaping: value, quotes: true, to: &page)
        page.append(UInt8(ascii: "\""))
        separator = UInt8(ascii: ",")
      }
      page.append(UInt8(ascii: "}"))
    }
    page.append(UInt8(ascii: " "))
    page += text(of: collected.value(of: number)).utf8
    page.append(UInt8(ascii: "\n"))
  }

  private static func append(escaping text: String, quotes: Bool, to page: inout [UInt8]) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\\"): page += "\\\\".utf8
      case UInt8(ascii: "\n"): page += "\\n".utf8
      case UInt8(ascii: "\"") where quotes: page += "\\\"".utf8
      default: page.append(byte)
      }
    }
  }

  /// A number as Prometheus reads it.
  static func text(of value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
