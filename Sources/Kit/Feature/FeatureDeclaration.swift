package import Commands
package import Configuration

/// What a slice of the product brings. The reference pages, the command line and what may be set are derived from the
/// declarations of all slices, so that a slice touches its own folder and one line of Compose.
package protocol FeatureDeclaration: Sendable {
  /// A word for messages, e.g. `telemetry`.
  static var name: String { get }

  /// In the order of the reference page.
  static var settings: [SettingGroup] { get }

  /// In the order of the help.
  static var commands: [CommandDefinition] { get }
}
