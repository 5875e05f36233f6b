import Commands
import Features

/// The reference page of the command line, docs/cli.md.
package enum CommandReference {
  package static func markdown() -> String {
    var text = """
      # Command line

      <!-- Made from the declarations of the commands; do not edit. -->

      `axonize` is one program: the server, and the commands that ask it. Commands write their result to standard
      output and everything else to standard error. `--json` writes JSON for scripts. Colours and bars fit the terminal;
      `NO_COLOR` turns colours off.

      Commands that ask a server take its address from `--server`, else `AXONIZE_SERVER`, else
      `\(APIClient.defaultServer)`, and their API key from `AXONIZE_API_KEY`. `keys` and `tenants` open the registry in
      the data directory instead, so they run on the server's machine and as its user.

      ## Exit codes

      | code | meaning |
      |---|---|

      """
    for code in ExitCode.allCases { text += "| \(code.rawValue) | \(code.meaning) |\n" }
    for command in CommandLineInterface.commands {
      text += "\n## `axonize \(command.name)`\n\n```\n\(help(command))```\n"
    }
    return text
  }

  private static func help(_ command: CommandDefinition) -> String {
    // The settings have a page of their own.
    let settings = Set(SettingOptions.all(Features.settings).map(\.name))
    guard settings.isSubset(of: command.options.map(\.name)) else { return HelpText.command(command) }
    var short = command
    short.options.removeAll { settings.contains($0.name) }
    short.options.append(
      OptionDefinition(name: "--<setting>", value: "VALUE", meaning: "Any setting; see configuration.md."))
    return HelpText.command(short)
  }
}
