import Testing

@testable import MetricsIngest

@Suite("Labels of a request")
struct LabelBytesTests {
  private static func with<Result>(_ labels: [(String, String)], _ body: (LabelBytes) -> Result) -> Result {
    let bytes = labels.map { (Array($0.0.utf8), Array($0.1.utf8)) }
    let taken = LabelBytes()
    func append(_ index: Int) -> Result {
      guard index < bytes.count else { return body(taken) }
      return unsafe bytes[index].0.withUnsafeBytes { name in
        unsafe bytes[index].1.withUnsafeBytes { value in
          unsafe taken.append(name, value)
          return append(index + 1)
        }
      }
    }
    return append(0)
  }

  @Test("labels in any order are one series, and others are others")
  func ids() {
    let id = Self.with([("__name__", "up"), ("job", "a")]) { ($0.fault(), $0.id, $0.metric) }
    let same = Self.with([("job", "a"), ("x", ""), ("__name__", "up")]) { ($0.fault(), $0.id, $0.metric) }
    let other = Self.with([("__name__", "up"), ("job", "b")]) { ($0.fault(), $0.id, $0.metric) }
    let shifted = Self.with([("__name__", "up"), ("jo", "ba")]) { ($0.fault(), $0.id, $0.metric) }
    #expect(id == same)
    #expect(id.0 == nil)
    #expect(other.1 != id.1)
    #expect(other.2 == id.2)
    #expect(Set([id.1, other.1, shifted.1]).count == 3)
  }

  @Test(
    "what is wrong with labels is said",
    arguments: [
      ([("job", "a")], .noMetricName), ([], .noMetricName),
      ([("__name__", "up"), ("a", "1"), ("b", "1"), ("a", "2")], .duplicate("a")),
    ] as [([(String, String)], LabelBytes.Fault)])
  func faults(labels: [(String, String)], fault: LabelBytes.Fault) {
    #expect(Self.with(labels) { $0.fault() } == fault)
  }
}
