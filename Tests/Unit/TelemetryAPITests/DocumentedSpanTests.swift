import FoundationEssentials
import JSON
import Telemetry
import Testing

/// Goal: the span in docs/api.md shows what the API has of the normaliser's columns.
@Suite struct DocumentedSpanTests {
  @Test(arguments: [("gen_ai", SpanPart.inference), ("gpu", .hardware)])
  func `the span in docs/api_md has every member of a part`(name: String, part: SpanPart) throws {
    let path = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined() + "/docs/api.md"
    let document = try String(contentsOfFile: path, encoding: .utf8)
    let begin = try #require(document.firstRange(of: "A span:\n\n```json\n")).upperBound
    let end = try #require(document[begin...].firstRange(of: "```")).lowerBound
    let span = try JSONValue(parsing: String(document[begin..<end]))
    let declared = SpanColumn.normalised.compactMap(\.inference).filter { $0.part == part }.map(\.member)
    #expect(span[name]?.members?.map(\.key) == declared)
  }
}
