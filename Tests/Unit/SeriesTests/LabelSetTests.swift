import Series
import Testing

@Suite("Label sets")
struct LabelSetTests {
  @Test(
    "are sorted by the bytes of their names, without empty values, the last of a name counting",
    arguments: [
      ([("b", "2"), ("a", "1")], "{a=\"1\", b=\"2\"}"),
      ([("a", "1"), ("a", "2")], "{a=\"2\"}"),
      ([("a", "1"), ("a", "")], "{}"),
      ([("__name__", "up"), ("job", "x")], "up{job=\"x\"}"),
      ([("__name__", "a.b"), ("c-d", "x\"\n")], "{\"a.b\", \"c-d\"=\"x\\\"\\n\"}"),
      ([("__name__", "up")], "up"),
      ([], "{}"),
    ] as [([(String, String)], String)])
  func canonicalForm(labels: [(String, String)], text: String) {
    #expect(LabelSet(labels.map { Label($0.0, $0.1) }).description == text)
  }

  @Test("differ by bytes where Swift's texts are equal")
  func bytesDecide() {
    let composed = LabelSet([Label("a", "\u{e9}")])
    let decomposed = LabelSet([Label("a", "e\u{301}")])
    #expect(composed != decomposed)
    #expect(decomposed < composed)
  }

  @Test("set, remove and keep labels")
  func changes() {
    let labels = LabelSet([Label("__name__", "m"), Label("b", "1")])
    #expect(labels.setting("a", to: "0").description == "m{a=\"0\", b=\"1\"}")
    #expect(labels.setting("b", to: "2").description == "m{b=\"2\"}")
    #expect(labels.setting("b", to: "").description == "m")
    #expect(labels.setting("c", to: "").description == "m{b=\"1\"}")
    #expect(labels.removing([Label.metricName]).description == "{b=\"1\"}")
    #expect(labels.keeping(["b", "x"]).description == "{b=\"1\"}")
    #expect(labels["b"] == "1")
    #expect(labels["x"].isEmpty)
  }
}
