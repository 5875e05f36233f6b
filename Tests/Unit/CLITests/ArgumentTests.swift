import CommandTestSupport
import Commands
import Configuration
import Testing

@testable import CLI

struct ArgumentTests {
  @Test(arguments: [
    (["nonsense"], "There is no command 'nonsense'."), (["histroy"], "did you mean 'metrics history'?"),
    (["trcaes"], "did you mean 'traces'?"), (["trace"], "trace-id"),
    (["trace", "a", "b"], "Unexpected argument 'b'"),
    (["serve", "--no-such-flag"], "There is no option '--no-such-flag'"),
    (["traces", "--servise", "x"], "did you mean '--service'?"),
    (["traces", "--limit"], "--limit needs a value: COUNT"),
    (["traces", "--limit", "many"], "--limit takes a number"),
    (["traces", "--status", "bad"], "one of unset, ok, error"),
    (["traces", "--since", "now"], "a duration"), (["traces", "--json=maybe"], "--json takes no value"),
    (["traces", "-n", "1", "-n2"], "more than once"), (["traces", "-nx"], "not 'x'"),
    (["keys"], "'axonize keys create'"),
    (["keys", "craete"], "did you mean 'create'?"), (["trace", "xyz"], "is not a trace id"),
    (["traces", "--server", "http://"], "is not a server"), (["traces", "--since", "1h", "--start", "x"], "not both"),
    (["serve", "--http", "8080"], "--http: '8080' is not a value for http"), (["completion", "tcsh"], "no completion"),
    (["serve", "--http", "0.0.0.0:8080"], "--require-keys"), (["traces", "-a", "x"], "KEY=VALUE"),
  ])
  func `a wrong command line is explained on standard error with code 2`(arguments: [String], message: String) {
    let world = CommandWorld()
    #expect(world.run(arguments) == .usage)
    #expect(world.errors.contains(message), "\(world.errors)")
    #expect(world.output.isEmpty)
    #expect(world.requests.isEmpty)
    #expect(world.served == nil)
  }

  @Test func `options come with a space, an equals sign or a letter, and end at two dashes`() throws {
    let command = try #require(CommandLineInterface.commands.first { $0.name == "spans" })
    let parsed = try ParsedArguments(
      ["-n", "5", "--service=a=b", "-a", "x=1", "--attribute", "y=2", "--json"], for: command)
    #expect(parsed["--limit"] == "5")
    #expect(parsed["--service"] == "a=b")
    #expect(parsed.has("--json"))
    #expect(parsed.all("--attribute") == ["x=1", "y=2"])
    let trace = try #require(CommandLineInterface.commands.first { $0.name == "trace" })
    #expect(try ParsedArguments(["--", "--json"], for: trace).operands == ["--json"])
  }

  @Test(arguments: [["-n", "1"], ["-n1"], ["-n=1"], ["--limit", "1"], ["--limit=1"]])
  func `a value stands behind its option in every usual way`(words: [String]) throws {
    let command = try #require(CommandLineInterface.commands.first { $0.name == "traces" })
    #expect(try ParsedArguments(words, for: command)["--limit"] == "1")
  }

  @Test(
    arguments: [
      (["--require-keys"], true), (["--require-keys", "true"], true), (["--require-keys", "false"], false),
      (["--require-keys=off"], false), (["--require-keys", "--http", "127.0.0.1:1"], true),
    ] as [([String], Bool)])
  func `a switch of serve stands alone or with true or false`(words: [String], isOn: Bool) throws {
    let world = CommandWorld()
    #expect(world.run(["serve"] + words) == .success, "\(world.errors)")
    #expect(try #require(world.served)[Settings.requireKeys] == isOn)
  }

  @Test func `every list that a view can be of has a command that shows it`() throws {
    let create = try #require(CommandLineInterface.commands.first { $0.name == "views create" })
    let lists = try #require(create.options.first { $0.name == "--list" }).choices
    let shown = CommandLineInterface.commands.compactMap { $0.list?.name }
    #expect(Set(lists).isSubset(of: shown))
  }

  @Test(arguments: Set(CommandLineInterface.commands.map { $0.path[0] }).sorted())
  func `help of a first word, and of every command below it, goes to standard output`(word: String) {
    let paths = CommandLineInterface.commands.filter { $0.path[0] == word }.map(\.path)
    for words in [[word, "--help"], [word, "-h"], ["help", word]] + paths.map({ $0 + ["--help"] }) {
      let world = CommandWorld()
      #expect(world.run(words) == .success)
      #expect(world.output.contains("Usage: axonize \(word)"), "\(words): \(world.output)")
      #expect(world.errors.isEmpty)
    }
  }

  @Test func `every command has help that names its options, and names are used once`() {
    for command in CommandLineInterface.commands {
      let help = HelpText.command(command)
      #expect(command.allOptions.allSatisfy { help.contains($0.name) })
      #expect(Set(command.allOptions.map(\.name)).count == command.allOptions.count, "\(command.name)")
      let letters = command.allOptions.compactMap(\.letter)
      #expect(Set(letters).count == letters.count, "\(command.name)")
    }
    #expect(Set(CommandLineInterface.commands.map(\.path)).count == CommandLineInterface.commands.count)
  }

  @Test func `serve gets the configuration of its flags`() throws {
    let world = CommandWorld()
    world.environment = ["AXONIZE_OTLP_HTTP": "127.0.0.1:3"]
    #expect(world.run("serve", "--http", "127.0.0.1:1", "--require-keys") == .success)
    let configuration = try #require(world.served)
    #expect(configuration[Settings.http].description == "127.0.0.1:1")
    #expect(configuration[Settings.otlpHTTP].description == "127.0.0.1:3")
    #expect(configuration[Settings.requireKeys])
  }

  @Test(arguments: [["--help"], ["help"], ["traces", "--help"], ["help", "traces"], ["--version"], ["version"]])
  func `help and version go to standard output`(words: [String]) {
    let world = CommandWorld()
    #expect(world.run(words) == .success)
    #expect(!world.output.isEmpty)
    #expect(world.errors.isEmpty)
  }
}
