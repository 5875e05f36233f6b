/// The documents that are made from the declarations: the reference page and the two examples.
package struct ConfigurationReference {
  private let settings: SettingCatalog

  package init(_ settings: SettingCatalog) { self.settings = settings }

  /// The text of docs/configuration.md.
  package func markdown() -> String {
    var text = """
      # Configuration

      <!-- Made by 'axonize config reference'; do not edit. -->

      Every setting has a default, so `axonize serve` runs without any. A value is taken from the last of these that
      has one:

      1. the default,
      2. the file: the one that `--config` or `AXONIZE_CONFIG` names, else `axonize.yaml` in the working directory,
         else `/etc/axonize/axonize.yaml`,
      3. the environment,
      4. flags of `axonize serve`.

      `axonize config show` prints every value and where it comes from; `axonize config check` says what is wrong
      with a file, and where. Unknown names in a file or on the command line and bad values are refused. An unknown
      variable that begins with `AXONIZE_` is warned of; those of the SDKs and of Kubernetes' services are known. An
      empty environment variable counts as not set. [axonize.yaml](../axonize.yaml) and [.env.example](../.env.example) list every setting with its default.

      Sizes are written as `4096`, `512MiB` or `2GB`, durations as `500ms`, `30s`, `1h30m` or `7d`.

      """
    for group in settings.groups {
      text += "\n## \(group.title)\n\n"
      for declaration in group.declarations { text += entry(declaration) }
      for section in group.sections {
        text += "### `\(section.key)`\n\n\(section.meaning) \(section.notes)\n\n- takes a section of the file\n\n"
      }
    }
    text += "\n## Variables of the client commands\n\n| variable | meaning |\n|---|---|\n"
    for (name, meaning) in ForeignVariables.commands.sorted(by: { $0.key < $1.key }) {
      text += "| `\(name)` | \(meaning) |\n"
    }
    return text
  }

  private func entry(_ declaration: SettingDeclaration) -> String {
    let defaultText = declaration.defaultText.isEmpty ? "none" : "`\(declaration.defaultText)`"
    var text = "### `\(declaration.key)`\n\n\(declaration.meaning)"
    if !declaration.notes.isEmpty { text += " " + declaration.notes }
    text += "\n\n- takes \(declaration.expected)\n- default: \(defaultText)\n"
    text += "- environment: `\(declaration.environmentName)`\n- flag: `\(declaration.flag)`\n\n"
    return text
  }

  /// axonize.yaml: every setting with its default, commented out.
  package func exampleFile() -> String {
    var text = """
      # Configuration of Axonize: every setting with its default. Remove the '#' before a line to change it.
      # docs/configuration.md says more; 'axonize config check' says what is wrong with this file.

      """
    for group in settings.groups {
      text += "\n# --- \(group.title)\n"
      if let name = group.name { text += "# \(name):\n" }
      for declaration in group.declarations {
        let isNested = group.name != nil
        let key = declaration.key.split(separator: ".").last.map(String.init) ?? declaration.key
        let value = declaration.defaultText.isEmpty ? "\"\"" : declaration.defaultText
        text += "\(isNested ? "  " : "")# \(declaration.meaning)\n"
        text += "# \(isNested ? "  " : "")\(key): \(value)\n"
      }
      for section in group.sections { text += "# \(section.meaning)\n# \(section.key):\n" }
    }
    return text
  }

  /// .env.example: every environment variable with its default, commented out.
  package func exampleEnvironment() -> String {
    var text = "# Environment of Axonize: every variable with its default. docs/configuration.md says more.\n"
    for group in settings.groups {
      text += "\n# --- \(group.title)\n"
      for declaration in group.declarations {
        text += "# \(declaration.meaning)\n# \(declaration.environmentName)=\(declaration.defaultText)\n"
      }
    }
    text += "\n# --- Client commands\n"
    for (name, meaning) in ForeignVariables.commands.sorted(by: { $0.key < $1.key }) {
      text += "# \(meaning)\n# \(name)=\n"
    }
    return text
  }
}
