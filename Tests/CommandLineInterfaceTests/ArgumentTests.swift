import Configuration
import Testing

@testable import CommandLineInterface

struct ArgumentTests {
  @Test(arguments: [
    (["nonsense"], "There is no command 'nonsense'"), (["trcaes"], "did you mean 'traces'?"), (["trace"], "trace-id"),
    (["trace", "a", "b"], "'b' is too much"), (["serve", "--no-such-flag"], "There is no option '--no-such-flag'"),
    (["traces", "--servise", "x"], "did you mean '--service'?"), (["traces", "--limit"], "--limit needs a COUNT"),
    (["traces", "--limit", "many"], "--limit takes a number"),
    (["traces", "--status", "bad"], "one of unset, ok, error"),
    (["traces", "--since", "now"], "a duration"), (["traces", "--json=maybe"], "--json takes no value"),
    (["traces", "-n", "1", "-n", "2"], "more than once"), (["keys"], "'axonize keys create'"),
    (["keys", "craete"], "did you mean 'create'?"), (["trace", "xyz"], "is no trace id"),
    (["traces", "--server", "http://"], "is no server"), (["traces", "--since", "1h", "--start", "x"], "not both"),
    (["serve", "--http", "8080"], "--http: '8080' is no value for http"), (["completion", "tcsh"], "no completion"),
    (["serve", "--http", "0.0.0.0:8080"], "--require-keys"), (["traces", "-a", "x"], "KEY=VALUE"),
  ])
  func `a wrong command line is explained on standard error with code 2`(arguments: [String], message: String) {
    let world = CommandWorld()
    #expect(run(world, arguments) == .usage)
    #expect(world.errors.contains(message), "\(world.errors)")
    #expect(world.output.isEmpty && world.requests.isEmpty && world.served == nil)
  }

  private func run(_ world: CommandWorld, _ words: [String]) -> ExitCode {
    switch words.count {
    case 1: world.run(words[0])
    case 2: world.run(words[0], words[1])
    case 3: world.run(words[0], words[1], words[2])
    default: world.run(words[0], words[1], words[2], words[3], words.count > 4 ? words[4] : "--json")
    }
  }

  @Test func `options come with a space, an equals sign or a letter, and end at two dashes`() throws {
    let command = try #require(CommandLineInterface.commands.first { $0.name == "spans" })
    let parsed = try ParsedArguments(
      ["-n", "5", "--service=a=b", "-a", "x=1", "--attribute", "y=2", "--json"], for: command)
    #expect(parsed["--limit"] == "5" && parsed["--service"] == "a=b" && parsed.has("--json"))
    #expect(parsed.all("--attribute") == ["x=1", "y=2"])
    let trace = try #require(CommandLineInterface.commands.first { $0.name == "trace" })
    #expect(try ParsedArguments(["--", "--json"], for: trace).operands == ["--json"])
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
    #expect((words.count == 1 ? world.run(words[0]) : world.run(words[0], words[1])) == .success)
    #expect(!world.output.isEmpty && world.errors.isEmpty)
  }
}
