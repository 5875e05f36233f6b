import CommandTestSupport
import Commands
import Configuration
import Glibc
import System
import Testing

@testable import DemoFeature

/// Goal: a demo has a folder of its own, and neither reads nor touches what belongs to a user's server.
///
/// Method: a world whose server only notes its configuration.
@Suite struct DemoCommandTests {
  private let world: CommandWorld
  private let folder: String

  init() throws {
    let prices = SettingSection("prices", members: [], meaning: "Prices.", notes: "Only here.")
    world = CommandWorld(
      DemoFeature.commands,
      settings: SettingCatalog(features: [
        SettingGroup(
          "fleet", title: "Machines",
          ["fleet.host_enabled", "fleet.gpu_enabled", "fleet.energy_delay"].map { Self.setting($0).declaration },
          sections: [prices])
      ]))
    folder = try File.makeTemporaryFolder(in: "/tmp", prefix: "axonize-demo-test-")
    world.environment = [
      "TMPDIR": folder, "AXONIZE_DATA_DIR": "/var/lib/of-a-user", "AXONIZE_HTTP": "0.0.0.0:80",
      "AXONIZE_REQUIRE_KEYS": "true", "AXONIZE_API_KEY": "secret",
    ]
  }

  private static func setting(_ key: String) -> Setting<String> {
    Setting(key, expected: "text", default: "", meaning: "A setting.", parse: { $0 })
  }

  @Test func `the server has a temporary folder, loopback only, and no part of the machine`() throws {
    defer { try? File.removeTree(folder) }
    #expect(world.run("demo", "--port", "0") == .success)
    let served = try #require(world.served)
    #expect(served.dataDirectory.hasPrefix("\(folder)/axonize-demo-"))
    #expect(served[Settings.http] == .on(host: "127.0.0.1", port: 0))
    #expect([Settings.otlpGRPC, Settings.otlpHTTP].map { served[$0] } == [.off, .off])
    #expect(served[Settings.requireKeys] == false)
    #expect(["fleet.host_enabled", "fleet.gpu_enabled"].map { served[Self.setting($0)] } == ["false", "false"])
    #expect(try File.entryCount(ofDirectory: folder) == 0, "the temporary folder is still there")
  }

  @Test func `a folder that is named is kept, and one with anything in it is refused`() throws {
    defer { try? File.removeTree(folder) }
    let own = "\(folder)/own"
    #expect(world.run("demo", "--port", "0", "--data", own) == .success)
    #expect(world.served?.dataDirectory == "\(own)/data")
    #expect(File.exists("\(own)/demo.yaml"))
    #expect(world.run("demo", "--port", "0", "--data", own) == .usage)
    #expect(world.errors.contains("is not empty"))
    #expect(try File.entryCount(ofDirectory: own) == 1)
  }

  @Test(arguments: [
    (["--history", "8d"], "--history takes"), (["--history", "0s"], "--history takes"),
    (["--rate", "51"], "--rate takes"),
    (["--rate", "0"], "--rate takes"), (["--rate", "nan"], "--rate takes"), (["--seed", "-1"], "--seed takes"),
    (["--port", "65536"], "--port takes"), (["--key", "k"], "--key is for --server"),
    (["--server", "http://127.0.0.1:1", "--data", "/tmp/x"], "--data and --port are for"),
    (["--server", "ftp://x"], "is not a server's URL"),
  ])
  func `mistakes are named`(arguments: [String], message: String) throws {
    defer { try? File.removeTree(folder) }
    #expect(world.run(["demo"] + arguments) == .usage)
    #expect(world.errors.contains(message), "\(world.errors)")
    #expect(world.served == nil)
  }
}
