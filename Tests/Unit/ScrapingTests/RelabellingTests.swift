import Series
import SeriesPatterns
import Testing

@testable import Scraping

/// Goal: rules change labels as Prometheus' do.
///
/// Method: the cases of `model/relabel/relabel_test.go` (v3.5).
@Suite struct RelabellingTests {
  private static let input = ["a": "foo", "b": "bar", "c": "baz"]

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    var input: [String: String] = RelabellingTests.input
    /// Rules in the file's form.
    let rules: String
    /// Nil where the labels are dropped.
    let output: [String: String]?

    var testDescription: String { name }
  }

  private static func with(_ changes: [String: String]) -> [String: String] {
    input.merging(changes) { _, new in new }.filter { !$0.value.isEmpty }
  }

  private static let cases = [
    Case(
      name: "replace with a group",
      rules: "[{source_labels: [a], regex: 'f(.*)', target_label: d, replacement: 'ch${1}-ch${1}', separator: ;}]",
      output: with(["d": "choo-choo"])),
    Case(
      name: "a later rule sees what an earlier one set",
      rules: """
        [{source_labels: [a, b], regex: 'f(.*);(.*)r', target_label: a, replacement: 'b${1}${2}m'},
         {source_labels: [c, a], regex: '(b).*b(.*)ba(.*)', target_label: d, replacement: '$1$2$2$3'}]
        """, output: with(["a": "boobam", "d": "boooom"])),
    Case(
      name: "a drop ends it",
      rules: """
        [{source_labels: [a], regex: '.*o.*', action: drop},
         {source_labels: [a], regex: 'f(.*)', target_label: d, replacement: 'ch$1-ch$1'}]
        """, output: nil),
    Case(
      name: "a drop that matches part only drops nothing", rules: "[{source_labels: [a], regex: 'f|o', action: drop}]",
      output: input),
    Case(
      name: "a keep of something else", rules: "[{source_labels: [a], regex: 'no-match', action: keep}]", output: nil),
    Case(name: "a keep", rules: "[{source_labels: [a], regex: 'f.*', action: keep}]", output: input),
    Case(
      name: "a drop of something else", rules: "[{source_labels: [a], regex: 'no-match', action: drop}]",
      output: input),
    Case(
      name: "no match replaces nothing",
      rules: "[{source_labels: [a], regex: 'f', target_label: b, replacement: bar2}]", output: input),
    Case(
      name: "a label that is not there is empty",
      rules: "[{source_labels: [nope], regex: '', target_label: d, replacement: x}]", output: with(["d": "x"])),
    Case(
      name: "an empty replacement removes",
      rules: "[{source_labels: [a], regex: '(f).*', target_label: a, replacement: '$2'}]", output: with(["a": ""])),
    Case(
      name: "a hash", rules: "[{source_labels: [c], target_label: d, action: hashmod, modulus: 1000}]",
      output: with(["d": "976"])),
    Case(
      name: "a hash over a line break", input: ["a": "foo\nbar"],
      rules: "[{source_labels: [a], target_label: b, action: hashmod, modulus: 1000}]",
      output: ["a": "foo\nbar", "b": "734"]),
    Case(
      name: "labels are mapped", input: ["a": "foo", "b1": "bar", "b2": "baz"],
      rules: "[{regex: '(b.*)', action: labelmap, replacement: 'bar_${1}'}]",
      output: ["a": "foo", "b1": "bar", "b2": "baz", "bar_b1": "bar", "bar_b2": "baz"]),
    Case(
      name: "labels are mapped to themselves", input: ["a": "foo", "__meta_my_bar": "aaa", "__meta_my_baz": "bbb"],
      rules: "[{regex: '__meta_(my.*)', action: labelmap, replacement: '$1'}]",
      output: ["a": "foo", "__meta_my_bar": "aaa", "__meta_my_baz": "bbb", "my_bar": "aaa", "my_baz": "bbb"]),
    Case(
      name: "the target is a template",
      input: ["a": "some-name-value", "b": "other"],
      rules: "[{source_labels: [a], regex: 'some-([^-]+)-([^,]+)', replacement: '${2}', target_label: '${1}'}]",
      output: ["a": "some-name-value", "b": "other", "name": "value"]),
    Case(
      name: "a target that is not a name is left out", input: ["a": "some-name-0"],
      rules: "[{source_labels: [a], regex: 'some-([^-]+)-([^,]+)', replacement: '${1}', target_label: '${2}'}]",
      output: ["a": "some-name-0"]),
    Case(
      name: "labels are dropped", input: ["a": "foo", "b1": "bar", "b2": "baz"],
      rules: "[{regex: '(b.*)', action: labeldrop}]", output: ["a": "foo"]),
    Case(
      name: "labels are kept", input: ["a": "foo", "b1": "bar", "b2": "baz"],
      rules: "[{regex: '(b.*)', action: labelkeep}]", output: ["b1": "bar", "b2": "baz"]),
    Case(
      name: "every label is dropped", rules: "[{regex: '.*', action: labeldrop}]", output: [:]),
    Case(
      name: "upper and lower case", input: ["foo": "bAr123Foo"],
      rules: """
        [{source_labels: [foo], action: uppercase, target_label: up},
         {source_labels: [foo], action: lowercase, target_label: low}]
        """, output: ["foo": "bAr123Foo", "low": "bar123foo", "up": "BAR123FOO"]),
    Case(
      name: "equal labels are kept", input: ["__tmp_port": "1234", "__port1": "1234", "__port2": "5678"],
      rules: "[{source_labels: [__tmp_port], action: keepequal, target_label: __port1}]",
      output: ["__tmp_port": "1234", "__port1": "1234", "__port2": "5678"]),
    Case(
      name: "unequal labels are not kept", input: ["__tmp_port": "1234", "__port1": "1234", "__port2": "5678"],
      rules: "[{source_labels: [__tmp_port], action: keepequal, target_label: __port2}]", output: nil),
    Case(
      name: "equal labels are dropped", input: ["__tmp_port": "1234", "__port1": "1234", "__port2": "5678"],
      rules: "[{source_labels: [__tmp_port], action: dropequal, target_label: __port1}]", output: nil),
    Case(
      name: "unequal labels are not dropped", input: ["__tmp_port": "1234", "__port1": "1234", "__port2": "5678"],
      rules: "[{source_labels: [__tmp_port], action: dropequal, target_label: __port2}]",
      output: ["__tmp_port": "1234", "__port1": "1234", "__port2": "5678"]),
    Case(
      name: "the default pattern sets a constant", rules: "[{target_label: d, replacement: x}]",
      output: with(["d": "x"])),
    Case(
      name: "the default pattern copies", rules: "[{source_labels: [a, b], separator: '-', target_label: d}]",
      output: with(["d": "foo-bar"])),
    Case(
      name: "the default pattern of a label that is not there removes",
      rules: "[{source_labels: [nope], target_label: a}]", output: with(["a": ""])),
  ]

  @Test(arguments: cases) func `rules change labels as Prometheus' do`(example: Case) throws {
    let file = "scrape_configs: [{job_name: j, relabel_configs: \(example.rules)}]"
    let configuration = try ScrapeConfigurationReader.read(
      Array(file.utf8), path: "scrape.yml", compiler: SeriesPatternCompiler())
    let rules = try #require(configuration.jobs.first).targetRelabelling
    let output = rules.apply(to: LabelSet(example.input.map { Label($0.key, $0.value) }))
    #expect(output == example.output.map { LabelSet($0.map { Label($0.key, $0.value) }) })
  }

  @Test(arguments: [
    ("foo", true), ("foo1_2", true), ("${1}", true), ("$1", true), ("a$1b", true), ("${a}_1", true), ("1foo", false),
    ("", false), ("a-b", false), ("$", false), ("${", false), ("${}", false), ("foo$1-", false), ("${a-b}", false),
  ])
  func `a template that names labels is told from others`(template: String, isValid: Bool) {
    #expect(LabelTemplate.isValid(template) == isValid)
  }

  @Test(arguments: [
    ("$1", "one"), ("${1}x", "onex"), ("$1x", ""), ("$$1", "$1"), ("a$", "a$"), ("${", "${"), ("$2-$1", "-one"),
  ])
  func `templates are expanded as Go does`(template: String, text: String) {
    #expect(LabelTemplate.expand(template) { $0 == "1" ? "one" : "" } == text)
  }
}
