import Columns
import EmbeddedClickHouse
import EngineTestSupport
import Testing

@Suite struct `SQL text` {
  @Test(arguments: [
    "", "plain", "it's", "back\\slash", "\\'", "'; DROP TABLE spans; --", "tab\tnew\nline\rfeed", "\u{0}nul", "한국어 ✓",
    "{p:String}", "`\"", "%_", "\u{8}\u{b}\u{c}",
  ])
  func `a text survives as a literal`(text: String) throws {
    let table = try EngineFixture.connection().query("SELECT \(SQLText.literal(text)) AS v")
    guard case .bytes(_, let data) = table.columns[0].values else {
      Issue.record("no text")
      return
    }
    #expect(data == Array(text.utf8))
  }

  @Test(arguments: [
    ("SELECT 1", "SELECT 1"),
    ("SELECT {a:UInt64}+{b:String}", "SELECT <a UInt64>+<b String>"),
    ("SELECT '{a:UInt64}', `{b:X}`, {c:Array(String)}", "SELECT '{a:UInt64}', `{b:X}`, <c Array(String)>"),
    (#"SELECT 'it\'s {a:UInt64}', {b:String}"#, #"SELECT 'it\'s {a:UInt64}', <b String>"#),
    ("SELECT 'a''{b:String}'", "SELECT 'a''{b:String}'"),
    ("{a:T}", "<a T>"), ("{'k': 'v'} {a:T}", "{'k': 'v'} <a T>"), ("x{", "x{"), ("x{}", "x{}"), ("'\\", "'\\"),
  ])
  func `parameters are found outside of quotes only`(text: String, replaced: String) {
    #expect(SQLText.replacingParameters(of: text) { "<\($0) \($1)>" } == replaced)
  }
}
