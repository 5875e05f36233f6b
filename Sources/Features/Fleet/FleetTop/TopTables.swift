import Commands
import FleetCommands

/// The parts of a frame as tables.
struct TopTables {
  let frame: TopFrame

  // MARK: - Machines

  func hosts(_ hosts: [TopHost]) -> Table {
    var table = Table([
      .init(title: "HOST", isFlexible: true), .init(title: "STATE", color: Self.condition),
      .init(title: "CPU", isNumber: true), .init(title: "MEMORY", isNumber: true),
      .init(title: "LOAD", isNumber: true), .init(title: "GPUS", isNumber: true),
      .init(title: "DISK", isNumber: true), .init(title: "IN", isNumber: true), .init(title: "OUT", isNumber: true),
    ])
    for host in hosts {
      let values = host.values
      let gpus = host.gpuCount.map { count in host.gpusUp == count ? "\(count)" : "\(host.gpusUp ?? 0)/\(count)" }
      table.append([
        host.name, host.state ?? "-", HostText.percent(values.busy),
        Self.memory(values.memoryUsed, of: values.memoryTotal), values.load.map { Self.tenths($0) } ?? "-",
        gpus ?? "-", HostText.percent(values.disk), HostText.rate(values.received), HostText.rate(values.sent),
      ])
    }
    return table
  }

  // MARK: - GPUs

  /// GPUs, each with its parts below.
  ///
  /// - Parameter isWide: whether there is room to draw utilisation and to say what limit power has.
  func gpus(_ gpus: [TopGPU], order: TopView.Order, isWide: Bool) -> Table {
    func title(_ text: String, _ column: TopView.Order) -> String { column == order ? "\(text)▼" : text }
    var columns: [Table.Column] = [
      .init(title: "HOST", isFlexible: true, mayGo: true), .init(title: "GPU"),
      .init(title: "MODEL", isFlexible: true, mayGo: true), .init(title: "STATE", color: Self.condition),
      .init(title: title("UTIL", .utilisation), isNumber: true),
    ]
    if isWide { columns.append(.init(title: "", color: { $0.green($1) })) }
    columns += [
      .init(title: title("MEMORY", .memory), isNumber: true),
      .init(title: title("TEMP", .temperature), isNumber: true, color: Self.temperature),
      .init(title: title("POWER", .power), isNumber: true),
      .init(title: title("REQ/S", .requests), isNumber: true), .init(title: "P95", isNumber: true),
    ]
    var table = Table(columns)
    for gpu in gpus {
      let name = "\(gpu.index)"
      append([gpu.node, name, gpu.model, gpu.condition], gpu.values, [gpu.id], isWide, &table)
      for part in gpu.parts {
        append(
          ["", "\(name)/\(part.place)", part.profile, ""], part.values, part.uuid.map { [$0] } ?? [], isWide, &table)
      }
    }
    return table
  }

  private func append(
    _ cells: [String], _ values: TopGPUValues, _ ids: [String], _ isWide: Bool, _ table: inout Table
  ) {
    let groups = frame.requests.groups.filter { ids.contains($0.gpu) }
    let count = groups.reduce(0) { $0 + $1.count }
    var row = cells + [HostText.percent(values.utilisation)]
    if isWide { row.append(Self.bar(values.utilisation, width: 10)) }
    row += [
      Self.memory(values.memoryUsed, of: values.memoryTotal), values.celsius.map { "\(HostText.whole($0))°C" } ?? "-",
      Self.power(values.watts, of: isWide ? values.wattsMax : nil), count == 0 ? "-" : rate(count),
      groups.map(\.p95).max().map(NumberText.duration) ?? "-",
    ]
    table.append(row)
  }

  // MARK: - Requests

  func requests(_ groups: [TopRequestGroup]) -> Table {
    var table = Table([
      .init(title: "GPU"), .init(title: "SERVICE", isFlexible: true), .init(title: "MODEL", isFlexible: true),
      .init(title: "REQ/S", isNumber: true), .init(title: "P95", isNumber: true),
      .init(title: "ERRORS", isNumber: true, color: { Self.isZero($1) ? $1 : $0.red($1) }),
      .init(title: "TOKENS/S", isNumber: true),
    ])
    for group in groups {
      let tokens = frame.requests.window > 0 ? Double(group.outputTokens) / frame.requests.window : 0
      table.append([
        name(of: group.gpu), group.service, group.model, rate(group.count), NumberText.duration(group.p95),
        "\(group.errorCount)", tokens > 0 ? Self.tenths(tokens) : "-",
      ])
    }
    return table
  }

  private static func isZero(_ text: String) -> Bool { text.allSatisfy { $0 == "0" || $0 == " " } }

  /// The requests of a GPU and its parts.
  func groups(of gpu: TopGPU) -> [TopRequestGroup] {
    let ids = Set(gpu.ids)
    return frame.requests.groups.filter { ids.contains($0.gpu) }
  }

  private func rate(_ count: Int) -> String {
    frame.requests.window > 0 ? Self.tenths(Double(count) / frame.requests.window) : "-"
  }

  /// `host 0` or `host 0/2/0` for the id of a GPU or a part; the beginning of an id that no machine has.
  private func name(of id: String) -> String {
    for gpu in frame.gpus {
      if gpu.id == id { return "\(gpu.node) \(gpu.index)" }
      if let part = gpu.parts.first(where: { $0.uuid == id }) { return "\(gpu.node) \(gpu.index)/\(part.place)" }
    }
    return TextWidth.cut(TextWidth.visible(id), to: 14)
  }

  // MARK: - Texts

  private static func condition(_ style: Style, _ text: String) -> String {
    switch text.prefix(while: { $0 != " " }) {
    case "up": style.green(text)
    case "silent": style.yellow(text)
    case "", "-", "STATE": text
    default: style.red(text)
    }
  }

  /// Chips lower their clocks from about 85 °C on.
  private static func temperature(_ style: Style, _ text: String) -> String {
    guard let celsius = Int(text.filter(\.isNumber)) else { return text }
    return celsius >= 85 ? style.red(text) : celsius >= 75 ? style.yellow(text) : text
  }

  /// `20/140 GiB`.
  private static func memory(_ used: Double?, of total: Double?) -> String {
    guard let used, let total else { return "-" }
    let gibibyte = 1_073_741_824.0
    guard total >= 10 * gibibyte else { return "\(tenths(used / gibibyte))/\(tenths(total / gibibyte)) GiB" }
    return "\(HostText.whole(used / gibibyte))/\(HostText.whole(total / gibibyte)) GiB"
  }

  private static func power(_ watts: Double?, of max: Double?) -> String {
    guard let watts else { return "-" }
    return "\(HostText.whole(watts))\(max.map { "/\(HostText.whole($0))" } ?? "") W"
  }

  /// Two digits behind the point below one, one below ten.
  private static func tenths(_ value: Double) -> String {
    if value > 0, value < 1 { return String((value * 100).rounded() / 100) }
    return value < 10 ? String((value * 10).rounded() / 10) : NumberText.number(value.rounded())
  }

  /// A part of a width in eighths of a column.
  private static func bar(_ ratio: Double?, width: Int) -> String {
    guard let ratio, ratio.isFinite else { return "" }
    let eighths = Int((min(max(ratio, 0), 1) * Double(width * 8)).rounded())
    let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    return String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
  }
}
