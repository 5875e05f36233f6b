import Base
import Commands
import FleetCommands

/// Whether what `top` shows is of now.
enum TopStatus: Sendable, Equatable {
  /// Nothing was received yet.
  case waiting
  case current
  /// The newest request came to nothing, for this reason.
  case away(reason: String)
}

/// A frame as lines of a terminal.
struct TopText {
  let server: String
  let style: Style
  /// Columns; nil to cut nothing.
  let width: Int?
  /// Rows; nil for as many as there are.
  let height: Int?

  /// From this width on utilisation is drawn too, and power has its limit.
  private static let wideMin = 100

  private var isWide: Bool { width.map { $0 >= Self.wideMin } ?? true }

  /// The lines of a screen, no more than its rows.
  func lines(_ frame: TopFrame, _ status: TopStatus, _ view: TopView, now: UnixNanoseconds) -> [String] {
    let head = header(frame, status, now: now)
    let room = height.map { max(0, $0 - head.count - (view.page == .help ? 0 : 1)) }
    let body =
      switch view.page {
      case .help: help
      case .overview: overview(frame, view, room)
      case .host: overview(frame, view, room)
      case .gpu(let id): gpu(frame, view, id)
      }
    var lines = head + (room.map { Array(body.prefix($0)) } ?? body)
    if let height {
      while lines.count < height - 1 { lines.append("") }
      if view.page != .help { lines.append(footer(view)) }
      lines = Array(lines.prefix(height))
    }
    return lines
  }

  // MARK: - Head and foot

  private func header(_ frame: TopFrame, _ status: TopStatus, now: UnixNanoseconds) -> [String] {
    let up = frame.gpus.count { $0.condition == "up" }
    let title = "axonize top  \(server)"
    let counts =
      "\(frame.hosts.count) \(frame.hosts.count == 1 ? "host" : "hosts"), \(up) of \(frame.gpus.count) GPUs up"
    let cut = frame.isCut ? "; there are more, use --node" : ""
    switch status {
    case .waiting: return [style.bold(fit("\(title)  waiting for the server"))]
    case .current: return [style.bold(fit("\(clock(frame.takenAt)) UTC  \(counts)\(cut)  \(title)"))]
    case .away(let reason):
      guard frame.takenAt.rawValue > 0 else {
        return [style.bold(fit(title)), style.red(fit("no values yet: \(reason)"))]
      }
      let age = max(0, (now.rawValue - frame.takenAt.rawValue) / 1_000_000_000)
      return [
        style.bold(fit("\(clock(frame.takenAt)) UTC, \(age) s ago  \(counts)  \(title)")),
        style.red(fit("no new values for \(age) s: \(reason)")),
      ]
    }
  }

  private func clock(_ time: UnixNanoseconds) -> String { String(NumberText.clock(time).prefix(8)) }

  private func footer(_ view: TopView) -> String {
    let back = view.page == .overview ? "" : "esc back  "
    return style.dim(fit("\(back)q quit  ? help  j/k select  enter details  s sort by \(view.order.rawValue)"))
  }

  private func fit(_ text: String) -> String {
    let text = TextWidth.visible(text)
    return width.map { TextWidth.cut(text, to: $0) } ?? text
  }

  private var help: [String] {
    [
      "", "q, Ctrl-C       quit", "j, k, arrows    choose a host, a GPU or a part of one",
      "Space, PageUp   by pages; g and G: the first, the last", "Enter, right    more about it",
      "Esc, left       back", "s               another order: place, utilisation, memory, power, temperature, requests",
      "Ctrl-Z          pause", "?               this text", "",
      "CPU is the busy part of all processors, DISK that of the busiest disk. UTIL of a divided GPU and of its",
      "parts is the activity of the multiprocessors. REQ/S, P95 and TOKENS/S are of spans that name the GPU and",
      "began lately (--window); what still runs is not among them. A dash: not measured, or not sent lately.",
    ].map(fit)
  }
}

// MARK: - Pages

extension TopText {
  private func overview(_ frame: TopFrame, _ view: TopView, _ room: Int?) -> [String] {
    let tables = TopTables(frame: frame)
    var hosts = frame.hosts
    let gpus = view.gpus(frame)
    var groups = frame.requests.groups
    if case .host(let name) = view.page {
      hosts.removeAll { $0.name != name }
      let ids = Set(gpus.flatMap(\.ids))
      groups.removeAll { !ids.contains($0.gpu) }
    }
    var sections: [Section] = []
    if !hosts.isEmpty {
      var section = Section(lines(of: tables.hosts(hosts)))
      if view.page == .overview, case .host(let name) = view.selected {
        section.selected = hosts.firstIndex { $0.name == name }
      }
      sections.append(section)
    }
    if !gpus.isEmpty {
      var section = Section(lines(of: tables.gpus(gpus, order: view.order, isWide: isWide)))
      let rows = gpus.flatMap { gpu in [TopView.Row.gpu(gpu.id)] + gpu.parts.map { .part(gpu.id, $0.place) } }
      section.selected = view.selected.flatMap { rows.firstIndex(of: $0) }
      section.isMain = true
      sections.append(section)
    }
    if !groups.isEmpty { sections.append(Section(lines(of: tables.requests(groups)))) }
    if sections.isEmpty {
      return [
        fit(
          frame.node.map { "There is no machine named '\($0)'. 'axonize nodes' lists the machines." }
            ?? "No machine reports to the server, and none sends series of node_exporter.")
      ]
    }
    return joined(sections, room)
  }

  private func gpu(_ frame: TopFrame, _ view: TopView, _ id: String) -> [String] {
    guard let gpu = frame.gpus.first(where: { $0.id == id }) else {
      return ["", fit("The GPU \(id) is no longer there.")]
    }
    let tables = TopTables(frame: frame)
    var sections = [Section(lines(of: tables.gpus([gpu], order: view.order, isWide: isWide)))]
    var facts = gpu.facts
    if let problem = gpu.problem { facts.insert(TopFact(name: "problem", text: problem), at: 0) }
    sections.append(Section(facts.map { fact($0, width: 12) }, hasHead: false))
    let groups = tables.groups(of: gpu)
    if !groups.isEmpty { sections.append(Section(lines(of: tables.requests(groups)))) }
    if gpu.processes.isEmpty {
      let reason = gpu.processesUnavailable.map { "not known: \($0)" } ?? "none"
      sections.append(Section([fact(TopFact(name: "processes", text: reason), width: 12)], hasHead: false))
    } else {
      var table = Table([
        .init(title: "PID", isNumber: true), .init(title: "PROCESS", isFlexible: true),
        .init(title: "MEMORY", isNumber: true),
      ])
      for process in gpu.processes { table.append(["\(process.pid)", process.name, HostText.bytes(process.memory)]) }
      sections.append(Section(lines(of: table)))
    }
    if !gpu.unavailable.isEmpty {
      let names = style.dim(fit("NOT AVAILABLE"))
      sections.append(Section([names] + gpu.unavailable.map { fact($0, width: 32) }))
    }
    return joined(sections, nil)
  }

  private func fact(_ fact: TopFact, width: Int) -> String {
    let text = TextWidth.visible("\(TextWidth.pad(fact.name, to: width))  \(fact.text)")
    return self.width.map { TextWidth.cut(text, to: max(1, $0 - 2)) } ?? text
  }
}

// MARK: - Sections

extension TopText {
  /// A table: its head and rows.
  private struct Section {
    var head: (plain: String, styled: String)?
    var rows: [(plain: String, styled: String)]
    /// Which row is marked.
    var selected: Int?
    /// Whether it gets the room that is left.
    var isMain = false

    var count: Int { rows.count + (head == nil ? 0 : 1) }

    init(_ lines: (plain: [String], styled: [String])) {
      let all = Array(zip(lines.plain, lines.styled))
      head = all.first.map { ($0.0, $0.1) }
      rows = all.dropFirst().map { ($0.0, $0.1) }
    }

    init(_ lines: [String], hasHead: Bool = true) {
      head = hasHead ? lines.first.map { ($0, $0) } : nil
      rows = lines.dropFirst(hasHead ? 1 : 0).map { ($0, $0) }
    }
  }

  /// The lines of a table in the room beside the mark.
  private func lines(of table: Table) -> (plain: [String], styled: [String]) {
    let room = width.map { max(1, $0 - 2) }
    return (table.lines(width: room, style: Style(isOn: false)), table.lines(width: room, style: style))
  }

  /// The sections with an empty line between, in a room: those that are not the main one have a quarter of it at least, the
  /// main one what is left.
  private func joined(_ sections: [Section], _ room: Int?) -> [String] {
    var heights = sections.map(\.count)
    if let room {
      var left = max(0, room - (sections.count - 1))
      let share = max(3, left / 4)
      for (place, section) in sections.enumerated() where !section.isMain { heights[place] = min(section.count, share) }
      left -= heights.enumerated().filter { !sections[$0.offset].isMain }.reduce(0) { $0 + $1.element }
      for (place, section) in sections.enumerated() where section.isMain {
        heights[place] = min(section.count, max(2, left))
        left -= heights[place]
      }
      for (place, section) in sections.enumerated() where !section.isMain && left > 0 {
        let more = min(left, section.count - heights[place])
        heights[place] += more
        left -= more
      }
    }
    return Array(zip(sections, heights).map { lines(of: $0, height: $1) }.joined(separator: [""]))
  }

  /// The part of a section around its marked row.
  private func lines(of section: Section, height: Int) -> [String] {
    let rowCount = max(0, height - (section.head == nil ? 0 : 1))
    var start = 0
    if let selected = section.selected, section.rows.count > rowCount {
      start = min(max(selected - rowCount / 2, 0), section.rows.count - rowCount)
    }
    let shown = section.rows[start..<min(section.rows.count, start + rowCount)]
    let body = shown.enumerated().map { offset, row -> String in
      guard section.selected == start + offset else { return "  \(row.styled)" }
      let line = "> \(row.plain)"
      return style.inverse(width.map { TextWidth.pad(line, to: $0) } ?? line)
    }
    guard let head = section.head else { return body }
    let hidden = section.rows.count - shown.count
    let more = "  +\(hidden)"
    let fits = hidden > 0 && TextWidth.of(head.plain) + TextWidth.of(more) + 2 <= width ?? .max
    return ["  \(head.styled)\(fits ? style.dim(more) : "")"] + body
  }
}
