/// What is looked at in a frame: the chosen row, the order, the page.
struct TopView: Sendable, Equatable {
  /// The order of GPUs.
  enum Order: String, Sendable, CaseIterable {
    case place, utilisation, memory, power, temperature, requests

    var next: Order {
      let all = Self.allCases
      return all[((all.firstIndex(of: self) ?? 0) + 1) % all.count]
    }
  }

  /// What the screen shows.
  enum Page: Sendable, Equatable {
    case overview
    /// A machine, by its name.
    case host(String)
    /// A GPU, by its id.
    case gpu(String)
    case help
  }

  /// A row that can be chosen.
  enum Row: Sendable, Hashable {
    case host(String)
    case gpu(String)
    /// A part of a GPU: the GPU's id and its place.
    case part(String, String)
  }

  var page = Page.overview
  var order = Order.place
  /// Nil before the first key: nothing is marked.
  var selected: Row?
  /// The page that help goes back to.
  private var before = Page.overview
  /// How many rows a page has, by which it is turned.
  var pageRowCount = 10

  /// What a key means for the loop around the view.
  enum Outcome: Sendable, Equatable { case redraw, quit, pause }

  mutating func handle(_ key: TopKey, _ frame: TopFrame) -> Outcome {
    switch key {
    case .quit: return .quit
    case .pause: return .pause
    case .help:
      if page == .help {
        page = before
      } else {
        before = page
        page = .help
      }
    case .back:
      page = page == .help ? before : .overview
    case .sort: order = order.next
    case .enter: enter(frame)
    case .up: move(by: -1, frame)
    case .down: move(by: 1, frame)
    case .pageUp: move(by: -pageRowCount, frame)
    case .pageDown: move(by: pageRowCount, frame)
    case .first: move(by: -.max / 2, frame)
    case .last: move(by: .max / 2, frame)
    }
    return .redraw
  }

  private mutating func enter(_ frame: TopFrame) {
    if page == .help {
      page = before
      return
    }
    switch selected {
    case .host(let name): page = .host(name)
    case .gpu(let id), .part(let id, _):
      page = .gpu(id)
      selected = .gpu(id)
    case nil: break
    }
  }

  private mutating func move(by distance: Int, _ frame: TopFrame) {
    let rows = rows(frame)
    guard !rows.isEmpty, page != .help else { return }
    guard let place = selected.flatMap({ rows.firstIndex(of: $0) }) else {
      selected = distance < 0 ? rows.last : rows.first
      return
    }
    selected = rows[min(max(place + distance, 0), rows.count - 1)]
    // On the page of a GPU, the next one is shown.
    if case .gpu = page, case .gpu(let id) = selected { page = .gpu(id) }
  }

  // MARK: - Rows

  /// What can be chosen on the page, in its order.
  func rows(_ frame: TopFrame) -> [Row] {
    switch page {
    case .help: []
    case .overview: frame.hosts.map { .host($0.name) } + gpuRows(gpus(frame))
    case .host: gpuRows(gpus(frame))
    case .gpu: gpus(frame).map { .gpu($0.id) }
    }
  }

  private func gpuRows(_ gpus: [TopGPU]) -> [Row] {
    gpus.flatMap { gpu in [.gpu(gpu.id)] + gpu.parts.map { .part(gpu.id, $0.place) } }
  }

  /// The GPUs of the page in their order; greatest first, what has no value last.
  func gpus(_ frame: TopFrame) -> [TopGPU] {
    var gpus = frame.gpus
    if case .host(let name) = page { gpus.removeAll { $0.node != name } }
    guard order != .place else { return gpus }
    let counts = order == .requests ? Self.counts(frame) : [:]
    func key(_ gpu: TopGPU) -> Double {
      let value: Double? =
        switch order {
        case .place: nil
        case .utilisation: gpu.values.utilisation ?? gpu.parts.compactMap(\.values.utilisation).max()
        case .memory: gpu.values.memoryUsed
        case .power: gpu.values.watts
        case .temperature: gpu.values.celsius
        case .requests: gpu.ids.compactMap { counts[$0] }.reduce(0, +)
        }
      return value ?? -1
    }
    return gpus.enumerated().sorted { (key($1.element), $0.offset) < (key($0.element), $1.offset) }.map(\.element)
  }

  /// Requests by the id that spans name.
  private static func counts(_ frame: TopFrame) -> [String: Double] {
    frame.requests.groups.reduce(into: [:]) { $0[$1.gpu, default: 0] += Double($1.count) }
  }
}
