import Base

/// Rules that involve several settings.
enum ConfigurationRules {
  static func problems(of configuration: Configuration) -> [String] {
    exposure(configuration) + tls(configuration) + addresses(configuration) + memory(configuration)
  }

  /// An address that other machines can reach needs keys, or a setting that says otherwise.
  private static func exposure(_ configuration: Configuration) -> [String] {
    if configuration[Settings.requireKeys] || configuration[Settings.allowPublic] { return [] }
    return listeners(configuration).filter { !$0.address.isLoopback }.map { declaration, address in
      "\(configuration[declaration].origin): \(declaration.key) is \(address), which other machines can reach, and no "
        + "API key is required. Set require_keys (\(Settings.requireKeys.declaration.flag)) and make keys with "
        + "'axonize keys create', or set allow_public (\(Settings.allowPublic.declaration.flag)) if everybody who "
        + "reaches it may read and write everything."
    }
  }

  private static func tls(_ configuration: Configuration) -> [String] {
    let pair = [Settings.tlsCertificate, Settings.tlsKey]
    let given = pair.filter { !configuration[$0].isEmpty }
    guard given.count == 1, let one = given.first, let other = pair.first(where: { configuration[$0].isEmpty }) else {
      return []
    }
    return ["\(configuration[one.declaration].origin): \(one.declaration.key) needs \(other.declaration.key) as well."]
  }

  private static func addresses(_ configuration: Configuration) -> [String] {
    let listeners = listeners(configuration)
    return listeners.indices.flatMap { later in
      listeners[..<later].filter { earlier in
        guard case .on(_, let port) = earlier.address else { return false }
        return port != 0 && earlier.address == listeners[later].address
      }
      .map { earlier in
        let declaration = listeners[later].declaration
        return "\(configuration[declaration].origin): \(declaration.key) is \(listeners[later].address), which "
          + "\(earlier.declaration.key) has already."
      }
    }
  }

  private static func memory(_ configuration: Configuration) -> [String] {
    let query = configuration[Settings.queryMemoryMax]
    let engine = configuration[Settings.engineMemoryMax]
    guard query > engine else { return [] }
    return [
      "\(configuration[Settings.queryMemoryMax.declaration].origin): query.memory is \(ByteCountText.format(query)), "
        + "more than engine.memory, \(ByteCountText.format(engine))."
    ]
  }

  private static func listeners(
    _ configuration: Configuration
  ) -> [(declaration: SettingDeclaration, address: ListenAddress)] {
    [Settings.http, Settings.otlpGRPC, Settings.otlpHTTP].map { ($0.declaration, configuration[$0]) }
      .filter { $0.1 != .off }
  }
}
