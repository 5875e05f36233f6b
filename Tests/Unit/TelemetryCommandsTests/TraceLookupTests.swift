import CommandTestSupport
import Commands
import Testing

struct TraceLookupTests {
  private static let id = "4bf92f3577b34da6a3ce929d0e0e4736"
  private static let day = "start=2026-11-20T08%3A00%3A00Z"

  private func world(_ lookup: String, _ ids: [String]) -> CommandWorld {
    let world = CommandWorld()
    let list = ids.map { #"{"trace_id":"\#($0)"}"# }.joined(separator: ",")
    world.answers["/api/v1/\(lookup)"] = (200, #"{"data":[\#(list)],"next_cursor":null}"#)
    world.answers["/api/v1/traces/\(Self.id)"] = (200, #"{"data":{"spans":[]}}"#)
    return world
  }

  @Test(arguments: ["4bf9", "4BF92F35"])
  func `the first digits of an id are enough`(prefix: String) {
    let world = world("trace-ids?prefix=\(prefix)&\(Self.day)&limit=10", [Self.id])
    #expect(world.run("trace", prefix) == .success, "\(world.errors)")
    #expect(world.output.hasPrefix("trace \(Self.id)\n"))
  }

  @Test func `latest is the newest trace`() {
    let world = world("traces?\(Self.day)&limit=1", [Self.id])
    #expect(world.run("trace", "latest") == .success, "\(world.errors)")
    #expect(world.output.hasPrefix("trace \(Self.id)\n"))
  }

  @Test func `several traces that begin so are listed`() {
    let other = "4bf92f0000000000000000000000000a"
    let world = world("trace-ids?prefix=4bf92f&\(Self.day)&limit=10", [other, Self.id])
    #expect(world.run("trace", "4bf92f") == .usage)
    #expect(world.errors.contains("give more digits:\n  \(other)\n  \(Self.id)\n"))
  }

  @Test func `what is not found says how far back was looked`() {
    let world = world("trace-ids?prefix=4bf92f&start=2026-11-14T08%3A00%3A00Z&limit=10", [])
    #expect(world.run("trace", "4bf92f", "--since", "7d") == .notFound)
    #expect(world.errors.contains("No trace in the last 7d begins with 4bf92f."))
    let empty = self.world("traces?\(Self.day)&limit=1", [])
    #expect(empty.run("trace", "latest") == .notFound)
  }

  @Test(arguments: ["4bf", "xyzw", "4bf92f3577b34da6a3ce929d0e0e47361", "lates", ""])
  func `what cannot be an id is refused without asking`(word: String) {
    let world = CommandWorld()
    #expect(world.run("trace", word) == .usage)
    #expect(world.requests.isEmpty)
  }
}
