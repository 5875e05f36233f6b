import HTTPClient
import Series
import Testing

@testable import Scraping

/// Goal: targets get their labels and URL as `PopulateLabels` of Prometheus' `scrape/target.go` gives them.
@Suite struct TargetDefinitionTests {
  private func job(_ members: String = "") throws -> ScrapeJob {
    try #require(
      try ScrapeConfigurationTests.read("scrape_configs:\n  - job_name: j\n    scheme: https\n    \(members)\n").jobs
        .first)
  }

  private func outcome(
    _ target: [String: String], group: [String: String] = [:], _ members: String = ""
  ) throws -> TargetDefinition.Outcome {
    func set(_ labels: [String: String]) -> LabelSet { LabelSet(labels.map { Label($0.key, $0.value) }) }
    let group = TargetGroup(targets: [set(target)], labels: set(group), source: "")
    return TargetDefinition.make(group.targets[0], in: group, of: try job(members))
  }

  private func active(
    _ target: [String: String], group: [String: String] = [:], _ members: String = ""
  ) throws -> TargetDefinition {
    let outcome = try outcome(target, group: group, members)
    guard case .active(let definition) = outcome else {
      Issue.record("\(outcome)")
      throw CancellationError()
    }
    return definition
  }

  private func labels(_ set: LabelSet) -> [String: String] {
    Dictionary(uniqueKeysWithValues: set.labels.map { ($0.name, $0.value) })
  }

  @Test func `a target gets the labels of its job`() throws {
    let target = try active(["__address__": "1.2.3.4:1000"], group: ["custom": "value"])
    #expect(
      labels(target.discoveredLabels) == [
        "__address__": "1.2.3.4:1000", "__scheme__": "https", "__metrics_path__": "/metrics",
        "__scrape_interval__": "1m", "__scrape_timeout__": "10s", "custom": "value", "job": "j",
      ])
    #expect(labels(target.labels) == ["custom": "value", "instance": "1.2.3.4:1000", "job": "j"])
    #expect(target.address == "https://1.2.3.4:1000/metrics")
    #expect(target.interval == .seconds(60))
    #expect(target.timeout == .seconds(10))
  }

  @Test func `labels of the target win over those of the group and of the job`() throws {
    let target = try active(
      [
        "__address__": "a", "__scheme__": "http", "__metrics_path__": "custom", "job": "mine", "x": "1",
        "__scrape_interval__": "2s", "__scrape_timeout__": "1s", "instance": "i",
      ], group: ["x": "2", "y": "3"])
    #expect(labels(target.labels) == ["instance": "i", "job": "mine", "x": "1", "y": "3"])
    #expect(target.address == "http://a/custom")
    #expect(target.url?.origin.port == 80, "the port of the scheme, where the address has none")
    #expect(target.interval == .seconds(2))
    #expect(target.timeout == .seconds(1))
  }

  @Test func `relabelling sets the address, the path and the parameters`() throws {
    let target = try active(
      ["__address__": "example.com/a b", "__meta_x": "1", "__tmp": "2"],
      """
      metrics_path: /probe
          params: {module: [http, 'a&b'], target: [old]}
          relabel_configs:
            - {source_labels: [__address__], target_label: __param_target}
            - {source_labels: [__address__], target_label: instance}
            - {source_labels: [__meta_x], target_label: x}
            - {target_label: __address__, replacement: 'prober:9115'}
      """)
    #expect(
      target.address == "https://prober:9115/probe?module=http&module=a%26b&target=example.com%2Fa%20b")
    #expect(labels(target.labels) == ["instance": "example.com/a b", "job": "j", "x": "1"])
  }

  @Test(arguments: [
    ("a b", "", "is not a URL that can be scraped"),
    ("http://a", "", "holds a '/'"),
    ("", "", "the target has no __address__ after relabel_configs"),
    ("a", "relabel_configs: [{action: labeldrop, regex: '.*'}]", "relabel_configs removed every label of the target"),
    ("a", "relabel_configs: [{action: labeldrop, regex: __address__}]", "the target has no __address__"),
    ("a", "relabel_configs: [{target_label: __scrape_interval__, replacement: '0s'}]", "'0s' of __scrape_interval__"),
    ("a", "relabel_configs: [{target_label: __scrape_timeout__, replacement: x}]", "'x' of __scrape_timeout__"),
    ("a", "relabel_configs: [{target_label: __scrape_timeout__, replacement: 2m}]", "__scrape_timeout__ is longer"),
    ("a", "relabel_configs: [{target_label: __scheme__, replacement: ftp}]", "is not a URL that can be scraped"),
  ])
  func `a target that cannot be scraped says why`(address: String, members: String, message: String) throws {
    let outcome = try outcome(["__address__": address], members)
    guard case .invalid(_, let reason) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(reason.contains(message), "\(reason)")
  }

  private func set(_ addresses: [String], _ members: String) throws -> TargetSet {
    let targets = addresses.map { LabelSet([Label("__address__", $0)]) }
    return TargetSet.make([TargetGroup(targets: targets, labels: .empty, source: "")], of: try job(members))
  }

  @Test func `a target that is found twice is scraped once, and those that cannot be lose no other`() throws {
    let set = try set(
      ["a", "b", "a", "c", "x/y", "d"],
      "relabel_configs: [{source_labels: [__address__], regex: 'c', action: drop}]")
    #expect(set.active.map(\.address) == ["a", "b", "d"].map { "https://\($0)/metrics" })
    #expect(set.droppedCount == 2)
    #expect(set.dropped.map { $0.discoveredLabels["__address__"] } == ["c", "x/y"])
    #expect(set.dropped.map { $0.error == nil } == [true, false])
    #expect(set.error == nil)
  }

  @Test func `more targets than the limit make all of them fail`() throws {
    let set = try set(["a", "b", "c"], "target_limit: 2")
    #expect(set.error == "the job has 3 targets, more than its target_limit of 2")
    let enough = try self.set(["a", "b"], "target_limit: 2")
    #expect(enough.error == nil)
  }

  @Test func `dropped targets are counted, and some of them listed`() throws {
    let set = try set(
      ["a", "b", "c"], "keep_dropped_targets: 2\n    relabel_configs: [{source_labels: [job], regex: j, action: drop}]")
    #expect(set.dropped.count == 2)
    #expect(set.droppedCount == 3)
  }
}
