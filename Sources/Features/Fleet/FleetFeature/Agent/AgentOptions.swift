import Base
import BlockingHTTPClient
import Commands
import Configuration
import Feature
import FleetAgent
import System

/// The options of `agent`, and what they and the environment say.
struct AgentOptions {
  let configuration: Configuration
  let server: ServerURL
  let addresses: AgentConnection.Addresses
  let key: KeySource
  let authoritiesFile: String?
  let spoolFolder: String
  let limits: AgentSpoolLimits
  let pace: AgentSender.Pace
  let format: SampleFormat
  let source: SampleSource
  /// A variable that names a proxy, which other programs would use; its value may hold a password.
  let proxyVariable: String?

  private static let key = OptionDefinition(
    name: "--key", value: "KEY",
    meaning: "The API key, which other users of the machine can then see. Default: AXONIZE_API_KEY.")
  private static let keyFile = OptionDefinition(
    name: "--key-file", value: "FILE", meaning: "A file with the API key, read for each request.")
  private static let authorities = OptionDefinition(
    name: "--ca-file", value: "FILE", meaning: "PEM of whom to trust. Default: the authorities of the system.")
  private static let label = OptionDefinition(
    name: "--label", value: "NAME=VALUE", meaning: "A label for every sample; may be given more than once.",
    isRepeatable: true, check: { Self.label($0) == nil ? labelForm : nil })
  private static let labelForm =
    "NAME=VALUE with a name of letters, digits and _ that is not 'job', 'instance' or begins with __"
  private static let sendInterval = OptionDefinition(
    name: "--send-interval", value: "DURATION", meaning: "How long samples are gathered for a request. Default: 5s.",
    check: { Self.sendDurations($0) == nil ? "\(Parsers.durationForm), from 100ms to 300s" : nil })
  private static let protocolName = OptionDefinition(
    name: "--protocol", value: "NAME", meaning: "How samples are sent: remote_write or otlp. Default: remote_write.",
    check: { protocols[$0] == nil ? "remote_write or otlp" : nil })
  private static let protocols: [String: SampleFormat] = ["remote_write": .remoteWrite, "otlp": .otlp]
  private static let spool = OptionDefinition(
    name: "--spool-dir", value: "FOLDER",
    meaning: "Where samples wait while the server is away. Default: /var/lib/axonize-agent for root, else a folder "
      + "below ~/.local/state.")
  private static let spoolBytes = OptionDefinition(
    name: "--spool-bytes", value: "SIZE", meaning: "The most that waits; the oldest goes first. Default: 256MiB.",
    check: { Self.sizes($0) == nil ? "\(Parsers.sizeForm), at least 1MiB" : nil })
  private static let spoolAge = OptionDefinition(
    name: "--spool-age", value: "DURATION", meaning: "How long samples wait at most. Default: 24h.",
    check: { Self.ages($0) == nil ? "\(Parsers.durationForm), from 60s to 30d" : nil })
  private static let server = OptionDefinition(
    name: "--server", value: "URL",
    meaning: "The server to send to. Default: AXONIZE_SERVER, else \(APIClient.defaultServer).")
  static let dryRun = OptionDefinition(
    name: "--dry-run", meaning: "Collect once, show what would be sent, and send nothing.")

  /// Settings of the server that an agent has too, under names without their section.
  private static let settings: [(name: String, declaration: SettingDeclaration, value: String)] = [
    ("--instance", FleetSettings.instance.declaration, "NAME"),
    ("--cpu-interval", FleetSettings.cpuInterval.declaration, "DURATION"),
    ("--io-interval", FleetSettings.ioInterval.declaration, "DURATION"),
    ("--usage-interval", FleetSettings.usageInterval.declaration, "DURATION"),
    ("--proc-root", FleetSettings.procRoot.declaration, "FOLDER"),
    ("--sys-root", FleetSettings.sysRoot.declaration, "FOLDER"),
    ("--root", FleetSettings.root.declaration, "FOLDER"),
    ("--gpu-enabled", FleetSettings.gpuMode.declaration, "MODE"),
    ("--gpu-interval", FleetSettings.gpuInterval.declaration, "DURATION"),
    ("--burst-on-events", FleetSettings.burstsOnEvents.declaration, "true|false"),
    ("--burst-hourly-max", FleetSettings.burstHourlyMax.declaration, "DURATION"),
    ("--nvml-library", FleetSettings.nvmlLibrary.declaration, "FILE"),
    ("--kubelet-socket", FleetSettings.kubeletSocket.declaration, "FILE"),
    ("--dcgm-names", FleetSettings.hasDCGMNames.declaration, "true|false"),
    ("--hostname-label", FleetSettings.hostNameLabel.declaration, "LABEL"),
  ]

  static let all: [OptionDefinition] =
    [server, key, keyFile, authorities, label, protocolName, sendInterval, spool, spoolBytes, spoolAge]
    + settings.map { name, declaration, value in
      let ending = declaration.defaultText.isEmpty ? "" : " Default: \(declaration.defaultText)."
      let meaning = String(declaration.meaning.map { $0 == "`" ? "'" : $0 })
      return OptionDefinition(name: name, value: value, meaning: meaning + ending)
    } + [SettingOptions.file, dryRun, OptionDefinition.json]

  private static let sendDurations = Parsers.duration(.milliseconds(100)...(.seconds(300)))
  private static let ages = Parsers.duration(.seconds(60)...(.seconds(30 * 86_400)))
  private static let sizes = Parsers.size(AgentSpoolLimits.bytesMin...(1 << 40))

  init(_ arguments: ParsedArguments, _ context: CommandContext) throws(CommandFailure) {
    configuration = try Self.configuration(arguments, context)
    let environment = context.environment
    server = try Self.server(arguments, environment)
    guard let addresses = AgentConnection.Addresses(server: "\(server)") else {
      throw CommandFailure(.usage, "'\(server)' is not a server's URL; --server takes one such as https://host:8080.")
    }
    self.addresses = addresses
    key = try Self.key(arguments, environment)
    if case .none = key {
    } else if !server.isSecure, !ListenAddress.on(host: server.host, port: server.port).isLoopback {
      context.writeError(
        "warning: the API key goes to \(server.host) over plain HTTP, where others can read it; use https://.\n")
    }
    authoritiesFile = arguments["--ca-file"]
    spoolFolder = arguments["--spool-dir"] ?? Self.spoolFolder(environment, userID: context.userID)
    limits = AgentSpoolLimits(
      bytesMax: arguments["--spool-bytes"].flatMap(Self.sizes) ?? AgentSpoolLimits().bytesMax,
      ageMax: arguments["--spool-age"].flatMap(Self.ages) ?? AgentSpoolLimits().ageMax)
    pace = AgentSender.Pace(
      sendInterval: arguments["--send-interval"].flatMap(Self.sendDurations) ?? AgentSender.Pace().sendInterval)
    format = arguments["--protocol"].flatMap { Self.protocols[$0] } ?? .remoteWrite
    let node = NodeLabels(environment)
    var labels: [(name: String, value: String)] = []
    let configured = configuration[FleetSettings.labels].sorted { $0.key < $1.key }.map {
      (name: $0.key, value: $0.value)
    }
    // What the command line says counts more than the environment.
    for label in node.labels + configured + arguments.all("--label").compactMap({ Self.label($0) }) {
      labels.removeAll { $0.name == label.name }
      labels.append(label)
    }
    source = SampleSource(
      instance: FleetSettings.instanceName(configuration, else: node.nodeName), labels: labels)
    proxyVariable = Self.proxyVariable(environment, for: server)
  }

  /// The variable that curl(1) and others take a proxy for a server from; nil where there is none.
  static func proxyVariable(_ environment: [String: String], for server: ServerURL) -> String? {
    let ofScheme = server.isSecure ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy", "HTTP_PROXY"]
    return (ofScheme + ["all_proxy", "ALL_PROXY"]).first { environment[$0]?.isEmpty == false }
  }

  private static func configuration(
    _ arguments: ParsedArguments, _ context: CommandContext
  ) throws(CommandFailure) -> Configuration {
    var flags: [String: String] = [:]
    for (name, declaration, _) in settings {
      if let text = arguments[name] { flags[declaration.key] = text }
    }
    do throws(ConfigurationError) {
      return try ConfigurationLoader(context.settings, environment: context.environment, readFile: context.readFile)
        .load(path: arguments["--config"], flags: flags)
    } catch {
      // An agent has the settings under other names than the server.
      let message = settings.reduce(error.description) { $0.replacing($1.declaration.flag, with: $1.name) }
      throw CommandFailure(.usage, message)
    }
  }

  private static func server(
    _ arguments: ParsedArguments, _ environment: [String: String]
  ) throws(CommandFailure) -> ServerURL {
    let variable = environment["AXONIZE_SERVER"].flatMap { $0.isEmpty ? nil : $0 }
    let text = arguments["--server"] ?? variable ?? APIClient.defaultServer
    // Nothing of it is repeated: it holds a password.
    if text.contains("@") {
      throw CommandFailure(.usage, "--server takes no user or password; a key goes into --key-file or AXONIZE_API_KEY.")
    }
    guard let server = ServerURL(text) else {
      throw CommandFailure(
        .usage, "'\(TextWidth.visible(text))' is not a server's URL; --server takes one such as https://host:8080.")
    }
    return server
  }

  private static func key(
    _ arguments: ParsedArguments, _ environment: [String: String]
  ) throws(CommandFailure) -> KeySource {
    if arguments.has("--key"), arguments.has("--key-file") {
      throw CommandFailure(.usage, "Give --key or --key-file, not both.")
    }
    if let path = arguments["--key-file"] { return .file(path) }
    let variable = environment["AXONIZE_API_KEY"].flatMap { $0.isEmpty ? nil : $0 }
    guard let key = arguments["--key"] ?? variable else { return .none }
    guard KeySource.isKey(key) else {
      let place = arguments.has("--key") ? "--key" : "AXONIZE_API_KEY"
      throw CommandFailure(.usage, "\(place) is empty or contains characters that no key has.")
    }
    return .text(key)
  }

  /// A service's own folder (systemd.exec(5), StateDirectory=), that of root, or the user's (XDG Base Directory).
  static func spoolFolder(_ environment: [String: String], userID: UInt32) -> String {
    if let folder = environment["STATE_DIRECTORY"], folder.hasPrefix("/") {
      return String(folder.prefix { $0 != ":" })
    }
    if userID == 0 { return "/var/lib/axonize-agent" }
    if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return "\(state)/axonize-agent" }
    return "\(environment["HOME"] ?? "/tmp")/.local/state/axonize-agent"
  }

  /// A label of the command line; nil for a text that is not one.
  static func label(_ text: String) -> (name: String, value: String)? {
    guard let sign = text.firstIndex(of: "=") else { return nil }
    let (name, value) = (String(text[..<sign]), String(text[text.index(after: sign)...]))
    let isName =
      name.utf8.allSatisfy { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7a || $0 >= 0x30 && $0 <= 0x39 || $0 == 0x5f }
      && name.first.map { !$0.isNumber } ?? false
    // The first two have options of their own; names with two underscores are Prometheus' own.
    guard isName, !["job", "instance"].contains(name), !name.hasPrefix("__"), !value.isEmpty,
      value.utf8.count <= labelValueBytesMax
    else { return nil }
    return (name, value)
  }

  /// As many as a server takes.
  private static let labelValueBytesMax = 4_096
}
