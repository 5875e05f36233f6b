import CommandTestSupport
import Commands
import Testing

struct ConfigCommandTests {
  @Test func `config shows values with their origins`() throws {
    let world = CommandWorld()
    world.files = ["axonize.yaml": "retention:\n  logs: 2d\n"]
    world.environment = ["AXONIZE_LOG_LEVEL": "debug"]
    #expect(world.run("config", "show", "--changed", "--http", "127.0.0.1:1") == .success)
    #expect(
      world.output == """
        SETTING         VALUE        FROM
        http            127.0.0.1:1  --http
        retention.logs  2d           axonize.yaml:2
        log.level       debug        AXONIZE_LOG_LEVEL

        """)
    world.files = ["axonize.yaml": "retention:\n  log: 2d\n"]
    #expect(world.run("config", "check") == .usage)
    #expect(world.errors.contains("axonize.yaml:2"))
    #expect(world.run("config", "check", "--json") == .usage)
    #expect(world.output.hasPrefix(#"{"is_valid":false,"problems":["axonize.yaml:2: "#), "\(world.output)")
    world.files = [:]
    world.environment = ["AXONIZE_COLOUR": "blue"]
    #expect(world.run("config", "check") == .success)
    #expect(world.errors.contains("AXONIZE_COLOUR"))
    #expect(world.output.contains("see the warnings above"))
    #expect(world.run("config", "check", "--json") == .success)
    #expect(world.output.contains(#""problems":[],"warnings":["The environment variable AXONIZE_COLOUR "#))
    #expect(world.run("version", "--json") == .success)
    #expect(world.output.hasPrefix(#"{"version":""#))
    world.environment = [:]
    world.files = ["axonize.yaml": "retention:\n  log: 2d\n"]
    #expect(world.run("config", "check") == .usage)
    #expect(
      world.errors.contains("axonize.yaml:2: there is no setting 'retention.log'; did you mean 'retention.logs'?"))
  }
}
