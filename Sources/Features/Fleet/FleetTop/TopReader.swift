import Base
import Commands
import JSON
import System

/// What `top` shows, as the command line says it.
struct TopOptions: Sendable {
  /// Only this machine; nil for all.
  var node: String?
  /// How far back spans are looked at.
  var window = Duration.seconds(60)
  /// Between two frames.
  var interval = Duration.seconds(1)
}

/// Asks a server for frames.
struct TopReader {
  /// Machines and GPUs: those of 64 machines with eight; `--node` shows others.
  private static let gpuCountMax = 512
  private static let hostCountMax = 500
  private static let pageCountMax = 100
  /// The most spans of one request.
  private static let spanCountMax = 500
  /// Reports of machines come every 5 s.
  private static let registryInterval: Int64 = 5_000_000_000

  let client: APIClient
  let options: TopOptions
  private var nodes: [JSONValue] = []
  private var gpus: (list: [JSONValue], hasMore: Bool) = ([], false)
  private var registryReadAt: UnixNanoseconds?

  init(_ client: APIClient, _ options: TopOptions) {
    self.client = client
    self.options = options
  }

  /// Asks for all that a frame shows: the registry every 5 s, series and spans each time.
  mutating func frame(at now: UnixNanoseconds) throws(CommandFailure) -> TopFrame {
    if registryReadAt.map({ now.rawValue - $0.rawValue >= Self.registryInterval }) ?? true {
      nodes = try list("/nodes", countMax: Self.hostCountMax).list.filter {
        options.node == nil || $0["name"]?.string == options.node
      }
      gpus = try list(
        "/gpus", options.node.map { [("node", $0)] } ?? [], countMax: Self.gpuCountMax)
      registryReadAt = now
    }
    var frame = TopFrame(takenAt: now, node: options.node, isCut: gpus.hasMore)
    let hostSeries = try evaluate(TopReading.hostQuery(node: options.node))
    frame.hosts = TopReading.hosts(nodes: nodes, series: hostSeries)
    if !gpus.list.isEmpty {
      let series = try evaluate(TopReading.gpuQuery(node: options.node))
      frame.gpus = TopReading.gpus(gpus.list, series: series)
    }
    frame.requests = try requests(at: now)
    if options.node != nil {
      let known = Set(frame.gpus.flatMap(\.ids))
      frame.requests.groups.removeAll { !known.contains($0.gpu) }
    }
    return frame
  }

  /// An instant query; Prometheus' API has errors of its own form.
  private func evaluate(_ query: String) throws(CommandFailure) -> JSONValue {
    try client.get("/query", [("query", query)], otherText: { $0["error"]?.string }).value
  }

  private func requests(at now: UnixNanoseconds) throws(CommandFailure) -> TopRequests {
    let start = UnixNanoseconds(max(0, now.rawValue - options.window.wholeNanoseconds))
    let spans = try client.get(
      "/spans",
      [("start", RFC3339.format(start)), ("sort", "-start_time"), ("limit", "\(Self.spanCountMax)")]
    ).value
    return TopReading.requests(
      spans["data"]?.array ?? [], hasMore: spans["next_cursor"]?.string != nil, window: options.window, now: now)
  }

  private func list(
    _ path: String, _ query: [(String, String)] = [], countMax: Int
  ) throws(CommandFailure) -> (list: [JSONValue], hasMore: Bool) {
    var rows: [JSONValue] = []
    var cursor: String?
    repeat {
      let place = cursor.map { [("cursor", $0)] } ?? []
      let response = try client.get(path, query + [("limit", "\(Self.pageCountMax)")] + place).value
      rows += response["data"]?.array ?? []
      cursor = response["next_cursor"]?.string
    } while cursor != nil && rows.count < countMax
    return (Array(rows.prefix(countMax)), cursor != nil || rows.count > countMax)
  }
}
