import Base
import Configuration
import MetricsTables
import Schema
import Testing

@testable import MetricsSettings

@Suite struct MetricsRetentionTests {
  private static func policy(_ settings: [String: String]) throws -> RetentionPolicy {
    let catalog = SettingCatalog(features: [MetricsSettings.group])
    let environment = Dictionary(
      uniqueKeysWithValues: settings.map { key, value in
        ("AXONIZE_METRICS_\(key.uppercased())", value)
      })
    let configuration = try ConfigurationLoader(catalog, environment: environment) { _ in nil }.load()
    var policy = RetentionPolicy()
    policy.setMetrics(configuration)
    return policy
  }

  @Test func `by default samples are kept for 15 days, and steps for 30 days, a year and for ever`() throws {
    let policy = try Self.policy([:])
    #expect(policy[.samples] == .seconds(15 * 86_400))
    #expect(policy[SampleLevel.minutes.retention] == .seconds(2 * 86_400))
    #expect(policy[SampleLevel.fiveMinutes.retention] == .seconds(30 * 86_400))
    #expect(policy[SampleLevel.hours.retention] == .seconds(365 * 86_400))
    #expect(policy[SampleLevel.days.retention] == .forever)
    #expect(policy[.series] == .forever)
  }

  @Test(
    arguments: [("1h", 3_600), ("24h", 86_400), ("90d", 90 * 86_400), ("3650d", 3_650 * 86_400)]
      as [(String, Int64)])
  func `samples may be kept from an hour to ten years, and steps no shorter`(text: String, seconds: Int64) throws {
    let policy = try Self.policy(["retention": text])
    #expect(policy[.samples] == .seconds(seconds))
    for level in SampleLevel.all where level != .minutes {
      #expect(policy[level.retention] >= .seconds(seconds), "\(level.name)")
    }
    #expect(policy[.series] == .forever)
  }

  @Test(arguments: ["59m", "3651d", "0", "-1d", "forever", "1", "h", "15 days", "1y"])
  func `other times for samples are refused`(text: String) {
    let error = #expect(throws: ConfigurationError.self) { try Self.policy(["retention": text]) }
    #expect(error?.problems.count == 1)
    #expect(error?.problems.first?.contains("AXONIZE_METRICS_RETENTION") == true, "\(error?.problems ?? [])")
  }

  @Test(arguments: ["1m", "5m", "1h", "1d"])
  func `steps may be kept for ever, and labels as long as the longest of them`(level: String) throws {
    var settings = ["retention": "24h", "retention_5m": "48h", "retention_1h": "48h", "retention_1d": "48h"]
    settings["retention_\(level)"] = "forever"
    let policy = try Self.policy(settings)
    #expect(SampleLevel.all.filter { policy[$0.retention] == .forever }.map(\.name) == [level])
    #expect(policy[.series] == .forever)
    #expect(throws: ConfigurationError.self) { try Self.policy(["retention_\(level)": "59m"]) }
    #expect(throws: ConfigurationError.self) { try Self.policy(["retention_\(level)": "3651d"]) }
  }

  @Test func `labels go with the last step`() throws {
    let policy = try Self.policy([
      "retention": "24h", "retention_5m": "48h", "retention_1h": "72h", "retention_1d": "36h",
    ])
    #expect(policy[.series] == .seconds(72 * 3_600))
  }
}
