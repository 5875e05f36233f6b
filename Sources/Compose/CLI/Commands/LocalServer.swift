import BlockingHTTPClient
import Commands
import Configuration
import EmbeddedEngine
import HTTPTypes
import JSON
import System

/// A server that runs on this machine already, with the data directory of a configuration or at one of its addresses.
struct LocalServer {
  /// What the addresses of the configuration are used for, and which servers run.
  private(set) var findings: [Finding] = []
  /// Whether a server runs already.
  private(set) var isRunning = false
  /// Where its REST API responds; nil when that is not where the configuration has it.
  private(set) var url: ServerURL?

  private let context: CommandContext
  private let servers: [RunningServer]
  /// The processes of the servers that are meant.
  private var processes: Set<Int32> = []

  init(_ configuration: Configuration, _ context: CommandContext) {
    self.context = context
    do {
      servers = try context.runningServers()
    } catch {
      servers = []
      findings.append(Finding(.note, "server", "whether one runs is not known: \(error)"))
    }
    let directory = File.absolutePath(configuration.dataDirectory)
    processes = Set(servers.filter { $0.dataDirectory == directory }.map(\.process))
    let addresses = [Settings.http, Settings.otlpGRPC, Settings.otlpHTTP].map { finding(of: $0, configuration) }
    findings += servers.filter { processes.contains($0.process) }.map { server in
      let folder = server.dataDirectory.map { "with the data directory \(TextWidth.visible($0))" }
      return Finding(
        .note, "server",
        "runs already: process \(server.process), \(folder ?? "with a data directory that this user cannot see")")
    }
    isRunning = isRunning || !processes.isEmpty
    if isRunning, processes.isEmpty {
      findings.append(Finding(.note, "server", "runs already, in a process that this user cannot see"))
    }
    if isRunning, url == nil {
      let http = configuration[Settings.http]
      findings.append(
        Finding(
          .note, "server", http == .off ? "this configuration has no REST API" : "no REST API responds at \(http)",
          remedy: "Whether it works is checked with 'axonize doctor --server URL'."))
    }
    findings += addresses
  }

  /// Whether a server may listen at an address, and if not, who does.
  private mutating func finding(of setting: Setting<ListenAddress>, _ configuration: Configuration) -> Finding {
    let (key, address) = (setting.declaration.key, configuration[setting])
    guard let failure = MachineChecks.failureToListen(address) else {
      return Finding(.fine, key, address == .off ? "off" : "\(address) is free")
    }
    let owner = failure.isInUse ? Self.owner(of: address) : nil
    let server = servers.first { server in owner.map { $0.processID == Int(server.process) } ?? false }
    let responds = failure.isInUse && hasResponse(address)
    if server != nil || responds {
      isRunning = true
      if let server { processes.insert(server.process) }
      if key == Settings.http.declaration.key, responds { url = ServerURL("http://\(address)") }
      let process = server.map { "process \($0.process), " } ?? ""
      return Finding(.note, key, "\(address) is in use by \(process)a server of Axonize")
    }
    let process = owner.map { "process \($0.processID) (\(TextWidth.visible($0.name)))" }
    return Finding(
      .problem, key, "\(address) cannot be listened on: \(process.map { "\($0) does" } ?? failure.reason)",
      remedy: failure.isInUse
        ? "Stop \(process ?? "what listens there ('ss -ltnp' shows it)"), or set \(key) to another address."
        : "Set \(key) to an address of this machine and a port that its user may take.")
  }

  private static func owner(of address: ListenAddress) -> PortOwner? {
    guard case .on(let host, let port) = address, let resolved = try? SocketAddress.resolve(host: host, port: port)
    else {
      return nil
    }
    return resolved.lazy.compactMap { PortOwner.find(of: $0, fileName: StoreFolder.lockFileName) }.first
  }

  /// Whether one of our servers responds at an address.
  private func hasResponse(_ address: ListenAddress) -> Bool {
    guard let server = ServerURL("http://\(address)") else { return false }
    var body: [UInt8] = []
    do throws(BlockingHTTPError) {
      let head = try context.request(server, BlockingHTTPRequest(.get, "/healthz")) { _, part in
        body += part
        return body.count < 4096
      }
      return head.status == 200 && (try? JSONValue(parsing: body))?["status"]?.string == "ok"
    } catch {
      return false
    }
  }
}
