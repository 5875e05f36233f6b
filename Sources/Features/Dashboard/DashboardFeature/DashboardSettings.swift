import Configuration

/// Where the dashboard comes from.
enum DashboardSource: Sendable {
  /// Wherever it was installed.
  case found
  case folder(String)
  case off
}

/// The settings of the Dashboard slice.
enum DashboardSettings {
  static let folder = Setting<DashboardSource>(
    "dashboard.folder", expected: "a folder, or off", default: "",
    meaning: "The folder of the dashboard's files; without it, the one beside the program.",
    notes: "`make dashboard` makes them. `off` serves none.", danger: "names code that browsers run"
  ) { text in
    switch text {
    case "": .found
    case "off": .off
    default: .folder(text)
    }
  }

  static let group = SettingGroup("dashboard", title: "Dashboard", [folder.declaration])
}
