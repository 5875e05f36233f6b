package import Base
import Configuration
package import Identity
import RegistrySQLite
import System
import TLS

/// The data directory whose keys and tenants a command works on, and what runs there.
package struct RegistryFolder {
  package let path: String
  /// The server that has locked it.
  package let server: RunningServer?
  /// The other servers of this machine.
  package let others: [RunningServer]

  /// What the help of these commands says of it.
  package static let discussion =
    "Works on the data directory that --data-dir, the environment or the configuration file names, else on that of the "
    + "server that runs on this machine, else on the default. Run this as the user that runs the server."

  /// The directory that a flag, the environment or the file names; else the running server's; else the default.
  ///
  /// Throws when nothing names it and it is not clear which server is meant.
  package static func find(
    _ command: String, _ arguments: ParsedArguments, _ context: CommandContext
  ) throws -> RegistryFolder {
    let configuration = try SettingOptions.load(arguments, context)
    let servers = try context.runningServers()
    if configuration[Settings.dataDirectory.declaration].origin != .default {
      return RegistryFolder(File.absolutePath(configuration.dataDirectory), servers)
    }
    let command = Self.text(command, arguments)
    let known = servers.filter { $0.dataDirectory != nil }
    if known.count > 1 {
      let commands = known.map { "  \(Self.command(command, $0))   (process \($0.process))\n" }.joined()
      throw CommandFailure(.usage, "\(known.count) servers run here. Say which one is meant:\n\(commands.dropLast())")
    }
    if let server = known.first, let path = server.dataDirectory { return RegistryFolder(path, servers) }
    if let server = servers.first {
      throw CommandFailure(
        .notPermitted,
        "A server runs here (process \(server.process)), but this user cannot see its data directory. Run this command "
          + "as the user that runs the server\n(sudo -u '#\(server.userID)' axonize \(command)) or in its container, or "
          + "name the directory with --data-dir.")
    }
    return RegistryFolder(File.absolutePath(configuration.dataDirectory), servers)
  }

  private init(_ path: String, _ servers: [RunningServer]) {
    self.path = path
    server = servers.first { $0.dataDirectory == path }
    others = servers.filter { $0.dataDirectory != nil && $0.dataDirectory != path }
  }

  /// Opens the registry to read, or to change existing rows.
  ///
  /// Throws when there is none: reading creates nothing.
  package func existing(_ context: CommandContext) throws -> any Registry {
    guard File.exists(registryPath) else {
      throw CommandFailure(
        .notFound,
        "There are no keys or tenants in \(path): no server has run there. Name the server's data directory with "
          + "--data-dir.")
    }
    return try SQLiteRegistry(path: registryPath, now: context.now())
  }

  /// Opens the registry to add to it; creates it if it does not exist.
  package func made(_ context: CommandContext) throws -> any Registry {
    // A file of root's in another user's directory would keep that user's server from starting.
    if !File.exists(registryPath), let owner = (try? File.status(path))?.userID, owner != context.userID {
      throw CommandFailure(
        .notPermitted,
        "\(path) belongs to another user (\(owner)). Run this command as the user that runs the server: "
          + "sudo -u '#\(owner)' axonize ...")
    }
    do {
      try File.makeDirectories(path, mode: 0o700)
    } catch {
      throw CommandFailure(
        .failure, "The data directory \(path) cannot be made: \(error). Name another with --data-dir.")
    }
    return try SQLiteRegistry(path: registryPath, now: context.now())
  }

  /// What makes keys in a registry, with the random numbers and the hash of this machine.
  package func issuer(_ registry: any Registry, at time: UnixNanoseconds) -> APIKeyIssuer {
    APIKeyIssuer(registry: registry, hash: SHA256.digest, random: { SecureRandom.bytes(count: $0) }, now: { time })
  }

  /// Says on standard error where the command works, and warns when that is not where the server does.
  package func say(_ command: String, _ arguments: ParsedArguments, _ context: CommandContext) {
    let state = server.map { "the server with process \($0.process) runs on it" } ?? "no server runs on it"
    context.writeError("Data directory: \(TextWidth.visible(path)) (\(state))\n")
    guard server == nil else { return }
    for other in others {
      context.writeError(
        "warning: the server with process \(other.process) runs on another directory and does not see this one. For "
          + "that server:\n  \(Self.command(Self.text(command, arguments), other))\n")
    }
  }

  private var registryPath: String { "\(path)/\(SQLiteRegistry.fileName)" }

  /// The command with all that was given to it but the directory.
  ///
  /// Of a whole key only the id is repeated.
  private static func text(_ command: String, _ arguments: ParsedArguments) -> String {
    let flag = Settings.dataDirectory.declaration.flag
    var given: [String] = []
    var isDirectory = false
    for word in arguments.given {
      if !isDirectory, word != flag, !word.hasPrefix(flag + "=") { given.append(word) }
      isDirectory = !isDirectory && word == flag
    }
    let words = given.map { word in
      word.hasPrefix("axz_") ? String(word.dropFirst(4).prefix(APIKeyID.characterCount)) : word
    }
    return ([command] + words.map(ShellText.quoted)).joined(separator: " ")
  }

  private static func command(_ command: String, _ server: RunningServer) -> String {
    "axonize \(command) --data-dir \(ShellText.quoted(server.dataDirectory ?? ""))"
  }
}
