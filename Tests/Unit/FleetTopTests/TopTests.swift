import Base
import CommandTestSupport
import Commands
import JSON
import TestSupport
import Testing

@testable import FleetTop

/// Goal: `top` shows the newest values, marks and sorts rows, fits any size, and says when it shows the past.
///
/// Method: frames made of responses of the API; screens are compared with snapshots.
@Suite struct TopTests {
  private func screen(
    _ frame: TopFrame, _ view: TopView = TopView(), _ status: TopStatus = .current, columns: Int = 100, rows: Int = 24,
    colors: Bool = false, after seconds: Int64 = 0
  ) -> [String] {
    TopText(server: "http://127.0.0.1:8080", style: Style(isOn: colors), width: columns, height: rows)
      .lines(frame, status, view, now: UnixNanoseconds(TopFrames.now.rawValue + seconds * 1_000_000_000))
  }

  private func text(_ lines: [String]) -> String {
    lines.map { line in String(line.reversed().drop { $0 == " " }.reversed()) }.joined(separator: "\n") + "\n"
  }

  // MARK: - Reading

  @Test func `values are those of the series, else of the report of a GPU that answers`() throws {
    let gpus = try TopFrames.frame().gpus
    try #require(gpus.count == 3)
    #expect(gpus[0].values.utilisation == 0.97)
    #expect(gpus[0].values.wattsMax == 700)
    #expect(gpus[1].values.watts == nil)
    #expect(gpus[2].condition == "silent")
    #expect(gpus[2].values.watts == nil)
    #expect(gpus[2].parts.first?.values.utilisation == 0.25)
  }

  @Test func `machines without a report are there by their series`() throws {
    let hosts = try TopFrames.frame().hosts
    #expect(hosts.map(\.name) == ["gpubox", "migbox", "old"])
    #expect(hosts.last?.values.load == 0.2)
    #expect(hosts.first?.values.sent == nil)
  }

  @Test func `requests are counted by GPU, service and model`() throws {
    let requests = try TopFrames.frame().requests
    let group = try #require(requests.groups.first)
    #expect(group.count == 2)
    #expect(group.errorCount == 1)
    #expect(group.p95 == 900_000_000)
    #expect(group.outputTokens == 150)
    #expect(requests.withoutGPU == 1)
    #expect(requests.window == 60)
  }

  @Test func `a window that does not fit is as long as its spans`() throws {
    #expect(try TopFrames.frame(hasMore: true).requests.window == 10)
  }

  @Test func `a name of a machine is quoted in queries`() {
    let query = TopReading.gpuQuery(node: "a\"b\\c\n")
    #expect(query.contains(#"instance="a\"b\\c\n""#))
  }

  // MARK: - Screens

  @Test(arguments: [(120, 30), (80, 24), (40, 12)])
  func `a screen fits`(columns: Int, rows: Int) throws {
    let lines = screen(try TopFrames.frame(), columns: columns, rows: rows)
    #expect(lines.count == rows)
    #expect(lines.allSatisfy { TextWidth.of($0) <= columns })
    try Snapshot.expect(text(lines), named: "top-\(columns)x\(rows).txt")
  }

  @Test(arguments: 1...60)
  func `no size is too small`(size: Int) throws {
    let frame = try TopFrames.frame()
    for page in [TopView.Page.overview, .host("gpubox"), .gpu(TopFrames.boardID), .gpu("gone"), .help] {
      var view = TopView()
      view.page = page
      view.selected = .part("GPU-2", "2/0")
      let lines = screen(frame, view, .away(reason: "none"), columns: size, rows: max(1, size / 3))
      #expect(lines.count <= max(1, size / 3))
      // A table shows one column at least, of which the terminal cuts the end.
      #expect(lines.allSatisfy { TextWidth.of($0) <= max(size, 18) }, "\(page) \(size): \(lines)")
    }
  }

  @Test func `a marked row is shown wherever it is`() throws {
    var frame = try TopFrames.frame()
    frame.gpus = (0..<40).map { index in
      var gpu = frame.gpus[0]
      gpu.id = "GPU-\(index)"
      gpu.index = Int64(index)
      return gpu
    }
    for index in [0, 1, 20, 38, 39] {
      var view = TopView()
      view.selected = .gpu("GPU-\(index)")
      let lines = screen(frame, view)
      let marked = lines.filter { $0.hasPrefix("> ") }
      #expect(marked.count == 1)
      #expect(marked.first?.contains(" \(index) ") == true)
      #expect(lines.count == 24)
    }
  }

  @Test func `the page of a GPU says what is not available`() throws {
    var view = TopView()
    view.page = .gpu(TopFrames.boardID)
    try Snapshot.expect(text(screen(try TopFrames.frame(), view)), named: "top-gpu.txt")
  }

  @Test func `the page of a GPU that is lost says why there are no processes`() throws {
    var view = TopView()
    view.page = .gpu("GPU-1")
    let lines = screen(try TopFrames.frame(), view)
    #expect(lines.contains("  problem       the GPU does not answer"))
    #expect(lines.contains("  processes     not known: gpu_lost"))
  }

  @Test func `the head says how old the frame is when the server is away`() throws {
    let lines = screen(try TopFrames.frame(), TopView(), .away(reason: "No server responds"), after: 12)
    #expect(lines[0].hasPrefix("08:00:00 UTC, 12 s ago"))
    #expect(lines[1] == "no new values for 12 s: No server responds")
    #expect(lines.contains { $0.contains("gpubox") })
  }

  @Test func `before the first frame the head says that it waits`() {
    #expect(screen(TopFrame(), TopView(), .waiting)[0].hasSuffix("waiting for the server"))
    #expect(screen(TopFrame(), TopView(), .away(reason: "refused"))[1] == "no values yet: refused")
  }

  @Test func `without colours there are no escapes`() throws {
    var view = TopView()
    view.selected = .host("gpubox")
    #expect(screen(try TopFrames.frame(), view).allSatisfy { !$0.contains("\u{1b}") })
    #expect(screen(try TopFrames.frame(), view, colors: true).contains { $0.contains("\u{1b}[7m> gpubox") })
  }

  @Test func `control characters of clients do not reach the terminal`() throws {
    var frame = try TopFrames.frame()
    frame.requests.groups[0].service = "a\u{1b}[2Jb"
    frame.gpus[0].problem = "x\u{07}y"
    var view = TopView()
    #expect(screen(frame, view).allSatisfy { !$0.contains("\u{1b}") })
    view.page = .gpu(TopFrames.boardID)
    #expect(screen(frame, view).allSatisfy { !$0.contains("\u{07}") })
  }

  @Test(arguments: [1e300, -1e300, .greatestFiniteMagnitude])
  func `values that nothing can have are shown`(value: Double) throws {
    var frame = try TopFrames.frame()
    for place in frame.gpus.indices {
      frame.gpus[place].values.celsius = value
      frame.gpus[place].values.watts = value
      frame.gpus[place].values.wattsMax = value
      frame.gpus[place].values.memoryUsed = value
      frame.gpus[place].values.memoryTotal = value.magnitude
    }
    frame.hosts[0].values.load = value
    let lines = screen(frame, columns: 200)
    #expect(lines.contains { $0.contains("\(value)°C") })
    #expect(lines.contains { $0.contains("\(value)/\(value) W") })
  }

  // MARK: - Keys

  @Test(arguments: [
    ("q", [TopKey.quit]), ("\u{3}", [.quit]), ("jk", [.down, .up]), ("\u{1b}[A\u{1b}OB", [.up, .down]),
    ("\u{1b}", [.back]), ("\r", [.enter]), ("s?", [.sort, .help]), ("\u{1b}[5~\u{1b}[6~", [.pageUp, .pageDown]),
    ("\u{1b}[1;5C", [.enter]), ("\u{1b}[200~x", []), ("\u{1b}[", []), ("\u{1b}[H\u{1b}[F", [.first, .last]),
    ("gG", [.first, .last]), ("ü", []), ("\u{1a}", [.pause]),
  ])
  func `keys are read`(bytes: String, keys: [TopKey]) { #expect(TopKey.keys(in: Array(bytes.utf8)) == keys) }

  @Test func `keys choose, open, go back and quit`() throws {
    let frame = try TopFrames.frame()
    var view = TopView()
    func press(_ keys: TopKey...) -> TopView.Outcome {
      keys.reduce(TopView.Outcome.redraw) { _, key in view.handle(key, frame) }
    }
    _ = press(.down)
    #expect(view.selected == .host("gpubox"))
    _ = press(.enter)
    #expect(view.page == .host("gpubox"))
    _ = press(.down, .down)
    #expect(view.selected == .gpu("GPU-1"))
    _ = press(.enter)
    #expect(view.page == .gpu("GPU-1"))
    _ = press(.help)
    #expect(view.page == .help)
    _ = press(.back)
    #expect(view.page == .gpu("GPU-1"))
    _ = press(.down)
    #expect(view.page == .gpu("GPU-2"))
    _ = press(.back, .last)
    #expect(view.selected == .part("GPU-2", "2/0"))
    _ = press(.first, .up)
    #expect(view.selected == .host("gpubox"))
    #expect(press(.quit) == .quit)
    #expect(press(.pause) == .pause)
  }

  @Test(arguments: [
    (TopView.Order.place, ["\(TopFrames.boardID)", "GPU-1", "GPU-2"]),
    (.utilisation, [TopFrames.boardID, "GPU-2", "GPU-1"]), (.requests, [TopFrames.boardID, "GPU-2", "GPU-1"]),
    (.power, [TopFrames.boardID, "GPU-1", "GPU-2"]),
  ])
  func `orders`(order: TopView.Order, ids: [String]) throws {
    var view = TopView()
    view.order = order
    #expect(view.gpus(try TopFrames.frame()).map(\.id) == ids)
  }

  @Test func `each order comes in turn`() {
    var order = TopView.Order.place
    var seen: Set<TopView.Order> = []
    for _ in TopView.Order.allCases {
      seen.insert(order)
      order = order.next
    }
    #expect(seen.count == TopView.Order.allCases.count)
    #expect(order == .place)
  }
}
