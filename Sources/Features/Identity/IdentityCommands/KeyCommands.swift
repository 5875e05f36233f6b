import Base
package import Commands
import Configuration
import Identity
import JSON

/// `keys`: they open the registry in the data directory, beside a running server.
package enum KeyCommands {
  package static let all = [create, list, revoke]

  /// The name that stands for every permission.
  private static let allPermissions = "all"

  private static let create = CommandDefinition(
    path: ["keys", "create"], summary: "Make an API key and print it once.",
    discussion: "The key is printed on standard output and cannot be shown again: only its hash is stored. A running "
      + "server accepts it at once. " + RegistryFolder.discussion,
    options: [
      OptionDefinition(name: "--name", value: "NAME", meaning: "What the key is for. Default: 'unnamed'."),
      OptionDefinition(
        name: "--permission", letter: "-p", value: "WHAT", meaning: "What it may do. May be repeated. Default: all.",
        choices: Permission.allCases.map(\.rawValue) + [allPermissions], isRepeatable: true),
      OptionDefinition(name: "--tenant", value: "NAME", meaning: "Whose data it opens. Default: 'default'."),
      OptionDefinition(
        name: "--expires", value: "DURATION", meaning: "How long it is valid, e.g. 90d. Default: until it is revoked.",
        check: { DurationText.duration($0).map { $0 > .zero } == true ? nil : "a duration such as 90d" }),
      OptionDefinition.json,
    ] + SettingOptions.dataDirectory,
    examples: [
      .init(command: "axonize keys create --name collector --permission ingest", meaning: "A key that may only send."),
      .init(command: "axonize keys create --name grafana -p query --expires 90d", meaning: "A key that may only read."),
      .init(
        command: "axonize keys create --name dashboard -p query -p edit",
        meaning: "A key that may read, and change what the tenant keeps, such as saved views."),
    ], run: runCreate)

  private static let list = CommandDefinition(
    path: ["keys", "list"], summary: "List API keys, without their secrets.", discussion: RegistryFolder.discussion,
    options: [
      OptionDefinition(name: "--all", meaning: "Include revoked and expired keys."), OptionDefinition.json,
    ] + SettingOptions.dataDirectory, run: runList)

  private static let revoke = CommandDefinition(
    path: ["keys", "revoke"], summary: "Revoke an API key for good.",
    discussion: "A running server refuses it within about a second. " + RegistryFolder.discussion,
    operands: [
      OperandDefinition(name: "key-id", meaning: "The 12 characters after axz_, as 'axonize keys list' shows them.")
    ],
    options: [OptionDefinition.json] + SettingOptions.dataDirectory, run: runRevoke)

  // MARK: Running

  @Sendable private static func runCreate(
    _ arguments: ParsedArguments, _ context: CommandContext
  ) throws -> ExitCode {
    let folder = try RegistryFolder.find("keys create", arguments, context)
    let registry = try folder.made(context)
    let name = arguments["--tenant"] ?? "default"
    let tenants = try registry.tenants()
    guard let tenant = tenants.first(where: { $0.name == name }) else {
      let hint = Similar.phrase(for: name, among: tenants.map(\.name))
      throw CommandFailure(.notFound, "There is no tenant '\(name)'\(hint) 'axonize tenants create' adds one.")
    }
    let (key, token) = try folder.issuer(registry, at: context.now()).issue(
      name: arguments["--name"] ?? "unnamed", tenant: tenant.id, permissions: permissions(arguments),
      validity: arguments["--expires"].flatMap { DurationText.duration($0) })
    folder.say("keys create", arguments, context)
    if arguments.has("--json") {
      context.printJSON { writer in
        writer.member("id", key.id.description)
        writer.member("key", token.text)
      }
    } else {
      context.print(token.text)
      context.writeError(
        "Save it now: it is not shown again. Clients send it as 'Authorization: Bearer <key>' or 'x-api-key: <key>',\n"
          + "commands read it from AXONIZE_API_KEY, and 'axonize keys revoke \(key.id)' revokes it.\n")
    }
    return .success
  }

  @Sendable private static func runList(
    _ arguments: ParsedArguments, _ context: CommandContext
  ) throws -> ExitCode {
    let folder = try RegistryFolder.find("keys list", arguments, context)
    let registry = try folder.existing(context)
    folder.say("keys list", arguments, context)
    let now = context.now()
    let names = Dictionary(uniqueKeysWithValues: try registry.tenants().map { ($0.id, $0.name) })
    let keys = try registry.keys().filter { arguments.has("--all") || $0.isActive(at: now) }
    if arguments.has("--json") {
      context.printJSON { writer in
        writer.key("data")
        writer.array { writer in
          for key in keys { write(key, names[key.tenant] ?? "", now, &writer) }
        }
      }
      return .success
    }
    if keys.isEmpty { context.writeError("There are no keys. 'axonize keys create' makes one.\n") }
    var table = Table([
      .init(title: "ID"), .init(title: "NAME", isFlexible: true), .init(title: "TENANT", isFlexible: true),
      .init(title: "MAY"), .init(title: "CREATED (UTC)"), .init(title: "LAST USED (UTC)"), .init(title: "STATE"),
    ])
    for key in keys {
      table.append([
        key.id.description, key.name, names[key.tenant] ?? "", may(key), short(key.createdAt),
        key.lastUsedAt.map(short) ?? "never", state(key, now),
      ])
    }
    if !keys.isEmpty {
      for line in table.lines(width: context.columnCount, style: Style(isOn: context.colors)) { context.print(line) }
    }
    return .success
  }

  @Sendable private static func runRevoke(
    _ arguments: ParsedArguments, _ context: CommandContext
  ) throws -> ExitCode {
    // The whole key is taken too, since that is what people have at hand; it is not repeated anywhere.
    let text = arguments.operands[0]
    let id = text.hasPrefix("axz_") ? String(text.dropFirst(4).prefix(APIKeyID.characterCount)) : text
    guard let id = APIKeyID(id) else {
      throw CommandFailure(.usage, "That is not a key id, which has 12 characters. 'axonize keys list' shows them.")
    }
    let folder = try RegistryFolder.find("keys revoke", arguments, context)
    let key = try folder.existing(context).revokeKey(id, at: context.now())
    folder.say("keys revoke", arguments, context)
    if arguments.has("--json") {
      context.printJSON { writer in
        writer.member("id", key.id.description)
        writer.member("name", key.name)
        writer.member("revoked_at", key.revokedAt.map(RFC3339.format))
      }
    } else {
      context.print("revoked \(key.id) (\(TextWidth.visible(key.name)))")
    }
    return .success
  }

  /// What the options ask for: their union, or everything.
  private static func permissions(_ arguments: ParsedArguments) -> Set<Permission> {
    let words = arguments.all("--permission")
    if words.isEmpty || words.contains(allPermissions) { return Set(Permission.allCases) }
    return Set(words.compactMap { Permission(rawValue: $0) })
  }

  private static func write(_ key: APIKey, _ tenant: String, _ now: UnixNanoseconds, _ writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("id", key.id.description)
      writer.member("name", key.name)
      writer.member("tenant", tenant)
      writer.key("permissions")
      writer.array { writer in
        for permission in Permission.allCases where key.permissions.contains(permission) {
          writer.string(permission.rawValue)
        }
      }
      writer.member("created_at", RFC3339.format(key.createdAt))
      writer.member("expires_at", key.expiresAt.map(RFC3339.format))
      writer.member("revoked_at", key.revokedAt.map(RFC3339.format))
      writer.member("last_used_at", key.lastUsedAt.map(RFC3339.format))
      writer.member("is_active", key.isActive(at: now))
    }
  }

  private static func may(_ key: APIKey) -> String {
    Permission.allCases.filter { key.permissions.contains($0) }.map(\.rawValue).joined(separator: "+")
  }

  private static func state(_ key: APIKey, _ now: UnixNanoseconds) -> String {
    if key.revokedAt != nil { return "revoked" }
    guard let expiresAt = key.expiresAt else { return "active" }
    return now < expiresAt ? "until \(short(expiresAt))" : "expired"
  }

  private static func short(_ time: UnixNanoseconds) -> String { String(NumberText.time(time).prefix(16)) }
}
