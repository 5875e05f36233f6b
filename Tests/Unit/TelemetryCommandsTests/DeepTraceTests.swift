import CommandTestSupport
import Commands
import Testing

/// Goal: neither time nor memory nor readability depends on how deep a trace is.
struct DeepTraceTests {
  private static let id = "4bf92f3577b34da6a3ce929d0e0e4736"

  private func tree(spanCount: Int, isDeep: Bool, width: Int? = nil) -> String {
    let world = CommandWorld()
    world.columnCount = width
    let spans = (0..<spanCount).map { index in
      let parent = index == 0 ? "null" : "\"\(isDeep ? index - 1 : 0)\""
      return
        #"{"span_id":"\#(index)","parent_span_id":\#(parent),"name":"hop \#(index)","start_time_unix_nano":"\#(index)","duration_ns":1}"#
    }
    world.answers["/api/v1/traces/\(Self.id)"] = (200, #"{"data":{"spans":[\#(spans.joined(separator: ","))]}}"#)
    #expect(world.run("trace", Self.id) == .success, "\(world.errors)")
    return world.output
  }

  @Test func `a line does not grow with the depth of its span`() {
    let deep = tree(spanCount: 3000, isDeep: true)
    let flat = tree(spanCount: 3000, isDeep: false)
    #expect(deep.utf8.count < flat.utf8.count * 2)
    for name in ["hop 0 ", "hop 1 ", "hop 17 ", "hop 2999 "] { #expect(deep.contains(name), "\(name)") }
    #expect(deep.contains("⋯2,999 └─ hop 2999"))
  }

  @Test(arguments: [40, 60, 80, 120, 200])
  func `a part of each name is seen at every width`(width: Int) {
    let lines = tree(spanCount: 3000, isDeep: true, width: width).split(separator: "\n").dropFirst(2)
    #expect(lines.count == 3000)
    #expect(lines.allSatisfy { $0.contains("ho") })
    if width >= 60 { #expect(lines.allSatisfy { TextWidth.of(String($0)) <= width }) }
  }

  @Test func `a tree that fits is drawn with its branches`() {
    #expect(tree(spanCount: 4, isDeep: true).contains("\n      └─ hop 3"))
  }
}
