/// Variables with the prefix `AXONIZE_` that are not settings of the server.
package enum ForeignVariables {
  static let prefix = "AXONIZE_"

  /// What the commands that ask a server read, with what each is for.
  package static let commands = [
    "AXONIZE_CONFIG": "The configuration file to read.",
    "AXONIZE_SERVER": "The server that client commands talk to.",
    "AXONIZE_API_KEY": "The API key that client commands send.",
  ]

  /// What the SDKs read: a server that is started beside a traced program may see them as well.
  package static let sdks: Set<String> = [
    "AXONIZE_API_KEY", "AXONIZE_ATTRIBUTE_VALUE_BYTES_MAX", "AXONIZE_BATCH_SIZE", "AXONIZE_BUILD",
    "AXONIZE_CAPTURE_CONTENT", "AXONIZE_CA_FILE", "AXONIZE_COMPRESSION", "AXONIZE_CONTENT_MAX_LENGTH", "AXONIZE_CORE",
    "AXONIZE_ENABLED", "AXONIZE_ENDPOINT", "AXONIZE_GPU_SNAPSHOT_INTERVAL_MS", "AXONIZE_HEADERS", "AXONIZE_INTERVAL",
    "AXONIZE_METRICS", "AXONIZE_METRICS_INTERVAL", "AXONIZE_NODE_ID", "AXONIZE_OTEL", "AXONIZE_PROTOCOL",
    "AXONIZE_QUEUE_SIZE", "AXONIZE_RESOURCE_ATTRIBUTES", "AXONIZE_SAMPLER", "AXONIZE_SAMPLER_ARG",
    "AXONIZE_SERVICE_NAME", "AXONIZE_TIMEOUT",
  ]

  /// Whether a variable is one that Kubernetes sets in every container for a service whose name begins with `axonize`
  /// (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables).
  package static func isKubernetes(_ name: String, _ text: String) -> Bool {
    let words = name.split(separator: "_", omittingEmptySubsequences: false).dropFirst().map(String.init)
    if words.suffix(2) == ["SERVICE", "HOST"] { return true }
    guard let port = words.lastIndex(of: "PORT") else { return false }
    // <name>_SERVICE_PORT and <name>_SERVICE_PORT_<port's name>
    if words.indices.contains(where: { words[$0...].starts(with: ["SERVICE", "PORT"]) }) { return true }
    // <name>_PORT=tcp://10.0.0.1:8080
    if port == words.count - 1, text.contains("://") { return true }
    // <name>_PORT_<number>_<protocol>, and these with _PROTO, _PORT and _ADDR
    return words.indices.contains { index in
      words[index] == "PORT" && index + 2 < words.count && UInt16(words[index + 1]) != nil
        && ["TCP", "UDP", "SCTP"].contains(words[index + 2])
    }
  }

  /// What is wrong with the variables of an environment, apart from the values of settings.
  package static func problems(in environment: [String: String], _ settings: SettingCatalog) -> [String] {
    // Retired settings are problems of their own.
    let names = Set(settings.all.map(\.environmentName) + settings.retired.map(\.environmentName))
    return environment.sorted { $0.key < $1.key }.compactMap { name, text in
      name.hasPrefix(prefix) && !names.contains(name) ? problem(name, text, settings) : nil
    }
  }

  /// What is wrong with a variable of the environment; nil when a part of Axonize, or Kubernetes, is known to set it.
  private static func problem(_ name: String, _ text: String, _ settings: SettingCatalog) -> String? {
    if commands[name] != nil || sdks.contains(name) || isKubernetes(name, text) { return nil }
    // All begin alike, so that only the rest can be near.
    let known = (settings.all.map(\.environmentName) + commands.keys).map { String($0.dropFirst(prefix.count)) }
    let near = Suggestion.nearest(to: String(name.dropFirst(prefix.count)), among: known)
    let hint = near.map { "; did you mean '\(prefix)\($0)'?" } ?? "."
    return "The environment variable \(name) is not a setting and has no effect\(hint)"
  }
}
