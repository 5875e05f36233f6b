/// The settings of one run, each with where its value comes from.
package struct Configuration: Sendable {
  /// Where a value comes from, weakest first.
  package enum Origin: Sendable, Hashable, CustomStringConvertible {
    case `default`
    case file(path: String, line: Int)
    case environment(String)
    case flag(String)

    package var description: String {
      switch self {
      case .default: "default"
      case .file(let path, let line): "\(path):\(line)"
      case .environment(let name): name
      case .flag(let flag): flag
      }
    }
  }

  /// The text of a value and its origin.
  package struct Entry: Sendable, Hashable {
    package let text: String
    package let origin: Origin
  }

  private var entries: [String: Entry] = [:]
  private let home: String?
  /// The file that was read; nil where there is none.
  package internal(set) var filePath: String?
  /// False for a file that is only found in the working directory, where anyone may have left it: it may neither name code
  /// to run nor other files to read.
  package internal(set) var isFileTrusted = true
  /// Where sections of the file with forms of their own begin, by their keys.
  private var sections: [String: Origin] = [:]
  /// Warnings: oddities that do not keep the server from starting.
  package private(set) var warnings: [String] = []

  /// The value of a setting.
  package subscript<Value>(setting: Setting<Value>) -> Value {
    let text = self[setting.declaration].text
    guard let value = setting.parse(text) else {
      preconditionFailure("\(setting.declaration.key) was checked when it was read: \(text)")
    }
    return value
  }

  /// The text and the origin of a setting.
  package subscript(declaration: SettingDeclaration) -> Entry {
    entries[declaration.key] ?? Entry(text: declaration.defaultText, origin: .default)
  }

  /// ``Settings/dataDirectory`` with `~` replaced by the home directory.
  package var dataDirectory: String {
    let path = self[Settings.dataDirectory]
    guard let home, path == "~" || path.hasPrefix("~/") else { return path }
    return home + path.dropFirst()
  }

  init(home: String?) { self.home = home }

  /// Where a section of the file begins; nil where it is not there.
  package subscript(section: SettingSection) -> Origin? { sections[section.key] }

  mutating func noteSection(_ key: String, _ origin: Origin) { sections[key] = origin }

  mutating func set(_ declaration: SettingDeclaration, _ text: String, _ origin: Origin) {
    entries[declaration.key] = Entry(text: text, origin: origin)
  }

  mutating func warn(_ warning: String) { warnings.append(warning) }
}

/// Everything that is wrong with a configuration, all at once.
package struct ConfigurationError: Error, Sendable, CustomStringConvertible {
  /// One line each: the place, what is wrong, and what to do.
  package let problems: [String]

  package var description: String { problems.joined(separator: "\n") }
}
