package import Configuration

/// The options that stand for settings.
package enum SettingOptions {
  package static let file = OptionDefinition(
    name: "--config", value: "FILE", meaning: "The configuration file. Default: AXONIZE_CONFIG, else axonize.yaml.")

  /// Every setting as an option.
  package static func all(_ settings: SettingCatalog) -> [OptionDefinition] { [file] + settings.all.map(option) }

  /// What commands that open the data directory need.
  package static let dataDirectory = [file, option(Settings.dataDirectory.declaration)]

  private static func option(_ declaration: SettingDeclaration) -> OptionDefinition {
    let value = declaration.isSwitch ? nil : valueName(declaration)
    // A switch that is off by default is one that may be set.
    let hasDefault = declaration.isSwitch ? declaration.defaultText == "true" : !declaration.defaultText.isEmpty
    let choices = declaration.expected.hasPrefix("one of ") ? " O\(declaration.expected.dropFirst())." : ""
    let ending = (hasDefault ? " Default: \(declaration.defaultText)." : "") + choices
    // The page of settings is Markdown, a terminal is not.
    let meaning = String(declaration.meaning.map { $0 == "`" ? "'" : $0 })
    return OptionDefinition(
      name: declaration.flag, value: value, takesBoolean: declaration.isSwitch, meaning: meaning + ending)
  }

  /// What the value of a setting is called, by what it is expected to be.
  private static func valueName(_ declaration: SettingDeclaration) -> String {
    let names = [
      ("host:port", "ADDRESS"), ("a directory", "DIRECTORY"), ("a PEM file", "FILE"), ("a file", "FILE"),
      ("a YAML file", "FILE"), ("a folder", "FOLDER"), ("a size", "SIZE"), ("a duration", "DURATION"),
      ("a number", "COUNT"), ("a whole number", "COUNT"), ("a name", "NAME"), ("the name", "NAME"), ("names", "LIST"),
    ]
    return names.first { declaration.expected.hasPrefix($0.0) }?.1
      ?? declaration.key.split(separator: ".").last.map { $0.uppercased() } ?? "VALUE"
  }

  /// The configuration of a command line; warnings go to standard error.
  package static func load(
    _ arguments: ParsedArguments, _ context: CommandContext
  ) throws(CommandFailure) -> Configuration {
    do throws(ConfigurationError) {
      let configuration = try result(arguments, context).get()
      for warning in configuration.warnings { context.writeError("warning: \(warning)\n") }
      return configuration
    } catch {
      throw CommandFailure(.usage, error.description)
    }
  }

  /// The configuration of a command line, or what is wrong with it.
  package static func result(
    _ arguments: ParsedArguments, _ context: CommandContext
  ) -> Result<Configuration, ConfigurationError> {
    var flags: [String: String] = [:]
    for declaration in context.settings.all {
      if let text = arguments[declaration.flag] { flags[declaration.key] = text }
    }
    let loader = ConfigurationLoader(
      context.settings, environment: context.environment, readFile: context.readFile)
    do throws(ConfigurationError) {
      return .success(try loader.load(path: arguments["--config"], flags: flags))
    } catch {
      return .failure(error)
    }
  }
}
