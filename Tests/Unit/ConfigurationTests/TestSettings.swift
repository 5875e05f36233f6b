import Configuration

/// The settings of a feature, beside the core settings.
enum TestSettings {
  static let catalog = SettingCatalog(
    features: [
      SettingGroup(
        "retention", title: "Retention", [traces.declaration, logs.declaration, folder.declaration], sections: [section],
        retired: [RetiredSetting("retention.points", advice: "Set retention.logs.")])
    ])

  static let section = SettingSection("collect", members: ["jobs"], meaning: "What is collected.", notes: "Others too.")

  static let traces = retention("traces", default: "30d")
  static let logs = retention("logs", default: "14d")

  static let folder = Setting<String>(
    "retention.folder", expected: "a directory", default: "", meaning: "Where more is.", danger: "names files to read",
    parse: Parsers.optionalText)

  private static func retention(_ name: String, default defaultText: String) -> Setting<Duration> {
    Setting(
      "retention.\(name)", expected: Parsers.durationForm, default: defaultText, meaning: "How long \(name) are kept.",
      parse: Parsers.duration(.seconds(3600)...(.seconds(365 * 86400))))
  }
}
