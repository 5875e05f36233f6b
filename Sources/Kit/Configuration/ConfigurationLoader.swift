import YAML

/// Reads the layers of a configuration: defaults, then the file, then the environment, then flags.
package struct ConfigurationLoader {
  private let settings: SettingCatalog
  private let environment: [String: String]
  private let readFile: (String) throws -> [UInt8]?

  /// Where a file is looked for when none is named.
  package static let defaultPaths = ["axonize.yaml", "/etc/axonize/axonize.yaml"]

  /// - Parameters:
  ///   - settings: what may be set.
  ///   - readFile: the bytes of a file, nil when there is none; throws when it cannot be read.
  package init(
    _ settings: SettingCatalog, environment: [String: String], readFile: @escaping (String) throws -> [UInt8]?
  ) {
    self.settings = settings
    self.environment = environment
    self.readFile = readFile
  }

  /// The configuration, or everything that is wrong with it.
  ///
  /// - Parameters:
  ///   - path: the file that a flag names; it must exist.
  ///   - flags: texts by the keys of settings.
  package func load(path: String? = nil, flags: [String: String] = [:]) throws(ConfigurationError) -> Configuration {
    var configuration = Configuration(home: environment["HOME"])
    var problems: [String] = []
    readFileLayer(path, &configuration, &problems)
    readEnvironment(&configuration, &problems)
    for declaration in settings.all {
      guard let text = flags[declaration.key] else { continue }
      apply(declaration, text, .flag(declaration.flag), "\(declaration.flag)", &configuration, &problems)
    }
    if problems.isEmpty { problems = ConfigurationRules.problems(of: configuration) }
    guard problems.isEmpty else { throw ConfigurationError(problems: problems) }
    return configuration
  }

  private func apply(
    _ declaration: SettingDeclaration, _ text: String, _ origin: Configuration.Origin, _ place: String,
    _ configuration: inout Configuration, _ problems: inout [String]
  ) {
    guard declaration.isValid(text) else {
      problems.append("\(place): '\(text)' is not a value for \(declaration.key), which takes \(declaration.expected).")
      return
    }
    configuration.set(declaration, text, origin)
  }

  private func readEnvironment(_ configuration: inout Configuration, _ problems: inout [String]) {
    let declarations = Dictionary(uniqueKeysWithValues: settings.all.map { ($0.environmentName, $0) })
    for (name, text) in environment.sorted(by: { $0.key < $1.key }) {
      // An empty variable counts as not set, as scripts and containers leave them.
      guard let declaration = declarations[name], !text.isEmpty else { continue }
      apply(declaration, text, .environment(name), name, &configuration, &problems)
    }
    for setting in settings.retired where environment[setting.environmentName]?.isEmpty == false {
      problems.append("\(setting.environmentName): \(setting.problem)")
    }
    for problem in ForeignVariables.problems(in: environment, settings) { configuration.warn(problem) }
  }
}

// MARK: - The file

extension ConfigurationLoader {
  private func readFileLayer(_ path: String?, _ configuration: inout Configuration, _ problems: inout [String]) {
    let named = path ?? environment["AXONIZE_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
    for path in named.map({ [$0] }) ?? Self.defaultPaths {
      do {
        guard let bytes = try readFile(path) else {
          if named != nil { problems.append("\(path): there is no such file.") }
          continue
        }
        configuration.filePath = path
        configuration.isFileTrusted = named != nil || path != Self.defaultPaths[0]
        if let root = try YAMLReader.read(bytes) { read(root, path, &configuration, &problems) }
      } catch let error as YAMLError {
        problems.append("\(path):\(error).")
      } catch {
        problems.append("\(path): the file cannot be read: \(error).")
      }
      return
    }
  }

  private func read(
    _ root: YAMLNode, _ path: String, _ configuration: inout Configuration, _ problems: inout [String]
  ) {
    let declarations = Dictionary(uniqueKeysWithValues: settings.all.map { ($0.key, $0) })
    let groups = Set(
      settings.all.compactMap { declaration in
        declaration.key.lastIndex(of: ".").map { String(declaration.key[..<$0]) }
      })

    let sections = Set(settings.sections.map(\.key))

    func visit(_ node: YAMLNode, _ prefix: String) {
      guard case .mapping(let entries) = node.content else {
        let where_ = prefix.isEmpty ? "the file" : "'\(prefix.dropLast())'"
        if !node.isNull { problems.append("\(path):\(node.line): \(where_) must hold 'name: value' lines.") }
        return
      }
      for entry in entries {
        let key = prefix + entry.key
        if let declaration = declarations[key] {
          value(entry, declaration)
        } else if sections.contains(key) {
          if !entry.value.isNull { configuration.noteSection(key, .file(path: path, line: entry.line)) }
        } else if let retired = settings.retired.first(where: { $0.key == key }) {
          problems.append("\(path):\(entry.line): \(retired.problem)")
        } else if groups.contains(key) {
          visit(entry.value, key + ".")
        } else {
          let known = Array(declarations.keys) + groups + sections
          let section = settings.sections.first { $0.members.contains(key) }
          let hint =
            section.map { "; it belongs into the section '\($0.key)'" } ?? Suggestion.phrase(for: key, among: known)
          problems.append("\(path):\(entry.line): there is no setting '\(key)'\(hint)")
        }
      }
    }

    func value(_ entry: YAMLEntry, _ declaration: SettingDeclaration) {
      guard case .scalar(let text, _) = entry.value.content else {
        problems.append("\(path):\(entry.line): '\(declaration.key)' takes \(declaration.expected), not a list or map.")
        return
      }
      if entry.value.isNull { return }
      let place = "\(path):\(entry.value.line)"
      // Anyone may have left a file in the directory that a server happens to start in; it must not choose its code, nor
      // have it read what its user alone may read.
      if !configuration.isFileTrusted, !text.isEmpty, let danger = declaration.danger {
        problems.append(
          "\(place): '\(declaration.key)' \(danger), so it is refused in a file that is only found in the working "
            + "directory. Name the file with --config or AXONIZE_CONFIG, or set \(declaration.environmentName).")
        return
      }
      apply(declaration, text, .file(path: path, line: entry.value.line), place, &configuration, &problems)
    }

    visit(root, "")
  }
}
