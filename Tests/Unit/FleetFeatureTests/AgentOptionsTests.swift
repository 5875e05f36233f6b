import BlockingHTTPClient
import CommandTestSupport
import Commands
import Configuration
import Testing

@testable import FleetFeature

struct AgentOptionsTests {
  @Test(arguments: [
    ("rack=r1", "rack", "r1"), ("k8s_zone=eu=1", "k8s_zone", "eu=1"), ("Zone2=x y", "Zone2", "x y"),
  ])
  func `labels of the command line are a name and a value`(text: String, name: String, value: String) throws {
    let label = try #require(AgentOptions.label(text))
    #expect(label.name == name)
    #expect(label.value == value)
  }

  @Test(arguments: ["rack", "=r1", "rack=", "2nd=x", "a-b=x", "job=x", "instance=x", "__name__=x", "é=x"])
  func `what is not a label is refused with what is expected`(text: String) {
    #expect(AgentOptions.label(text) == nil)
    let world = CommandWorld([AgentCommand.definition], settings: SettingCatalog(features: FleetFeature.settings))
    #expect(world.run("agent", "--label", text) == .usage)
    #expect(world.errors.contains("--label takes NAME=VALUE with a name of letters, digits and _"))
  }

  @Test(
    arguments: [
      ([:], 0, "/var/lib/axonize-agent"), (["HOME": "/home/a"], 1000, "/home/a/.local/state/axonize-agent"),
      (["HOME": "/home/a", "XDG_STATE_HOME": "/state"], 1000, "/state/axonize-agent"),
      (["XDG_STATE_HOME": "relative", "HOME": "/home/a"], 1000, "/home/a/.local/state/axonize-agent"),
      (["STATE_DIRECTORY": "/var/lib/one:/var/lib/two"], 0, "/var/lib/one"),
    ] as [([String: String], UInt32, String)])
  func `the spool is where services, root and users keep such things`(
    environment: [String: String], userID: UInt32, folder: String
  ) {
    #expect(AgentOptions.spoolFolder(environment, userID: userID) == folder)
  }

  @Test(
    arguments: [
      ([:], "http://h", nil), (["HTTP_PROXY": "http://u:p@proxy"], "http://h", "HTTP_PROXY"),
      (["HTTP_PROXY": "http://proxy"], "https://h", nil), (["https_proxy": "http://proxy"], "https://h", "https_proxy"),
      (["https_proxy": "", "ALL_PROXY": "socks5://proxy"], "https://h", "ALL_PROXY"),
    ] as [([String: String], String, String?)])
  func `a variable for a proxy is found by the scheme`(environment: [String: String], server: String, variable: String?)
    throws
  {
    let url = try #require(ServerURL(server))
    #expect(AgentOptions.proxyVariable(environment, for: url) == variable)
  }

  @Test(arguments: [
    (["--json"], "--json is for --dry-run"), (["--server", "ftp://x"], "is not a server's URL"),
    (["--key", "a", "--key-file", "b"], "not both"), (["--key", "a b"], "--key is empty or contains characters"),
    (["--server", "http://user:secret@h"], "--server takes no user or password"),
    (["--send-interval", "1ms"], "from 100ms to 300s, not '1ms'"),
    (["--spool-bytes", "10KiB"], "at least 1MiB"), (["--spool-age", "1s"], "from 60s to 30d, not '1s'"),
    (["--cpu-interval", "1ms"], "--cpu-interval: '1ms' is not a value for fleet.cpu_interval"),
    (["--gpu-enabled", "maybe"], "axonize: --gpu-enabled: 'maybe'"),
    (["--hostname-label", "HOST"], "axonize: --hostname-label: 'HOST'"),
    (["--nvml-library", ""], "axonize: --nvml-library: ''"),
  ])
  func `a mistake is told before anything is sent`(arguments: [String], message: String) {
    let world = CommandWorld([AgentCommand.definition], settings: SettingCatalog(features: FleetFeature.settings))
    #expect(world.run(["agent"] + arguments) == .usage)
    #expect(world.errors.contains(message))
    #expect(!world.errors.contains("secret"))
  }
}
