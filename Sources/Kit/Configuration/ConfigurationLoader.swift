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
        if let root = try YAMLReader.read(bytes) { read(root, path, isNamed: named != nil, &configuration, &problems) }
      } catch let error as YAMLError {
        problems.append("\(path):\(error).")
      } catch {
        problems.append("\(path): the file cannot be read: \(error).")
      }
      return
    }
  }

  private func read(
    _ root: YAMLNode, _ path: String, isNamed: Bool, _ configuration: inout Configuration, _ problems: inout [String]
  ) {
    let declarations = Dictionary(uniqueKeysWithValues: settings.all.map { ($0.key, $0) })
    let groups = Set(
      settings.all.compactMap { declaration in
        declaration.key.lastIndex(of: ".").map { String(declaration.key[..<$0]) }
      })

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
        } else if groups.contains(key) {
          visit(entry.value, key + ".")
        } else {
          let known = Array(declarations.keys) + groups
          problems.append(
            "\(path):\(entry.line): there is no setting '\(key)'\(Suggestion.phrase(for: key, among: known))")
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
      // Anyone may have left a file in the directory that a server happens to start in; it must not choose its code.
      if path == Self.defaultPaths[0], !isNamed, !text.isEmpty,
        declaration.key == Settings.engineLibrary.declaration.key
      {
        problems.append(
          "\(place): '\(declaration.key)' names code to run, so it is refused in a file that is only found in the working "
            + "directory. Name the file with --config or AXONIZE_CONFIG, or set \(declaration.environmentName).")
        return
      }
      apply(declaration, text, .file(path: path, line: entry.value.line), place, &configuration, &problems)
    }

    visit(root, "")
  }
}
