/// The variables `AXONIZE_*`: the SDK's own, those of Axonize's other programs, and mistakes in either.
enum VariableNames {
  private static let prefix = "AXONIZE_"

  /// Of the SDKs; docs/sdk/swift.md tells what each is for.
  ///
  /// Two are of the one for Python alone.
  static let known: [String] = [
    "API_KEY", "ATTRIBUTE_VALUE_BYTES_MAX", "BATCH_SIZE", "CA_FILE", "CAPTURE_CONTENT", "COMPRESSION",
    "CONTENT_MAX_LENGTH", "ENABLED", "ENDPOINT", "GPU_SNAPSHOT_INTERVAL_MS", "HEADERS", "INTERVAL", "METRICS",
    "METRICS_INTERVAL", "NODE_ID", "PROTOCOL", "QUEUE_SIZE", "RESOURCE_ATTRIBUTES", "SAMPLER", "SAMPLER_ARG",
    "SERVICE_NAME", "TIMEOUT",
  ]
  private static let ofPython = ["CORE", "OTEL"]

  /// Of the server and the commands (docs/configuration.md), which are legal in the same environment.
  ///
  /// A server of a later version has more settings in these sections.
  private static let ofServer = [
    "ALLOWED_HOSTS", "ALLOW_PUBLIC", "BUILD", "CONFIG", "DATA_DIR", "EVENT_LOOPS", "HTTP", "METRICS_PUBLIC",
    "METRICS_RETENTION", "REQUIRE_KEYS", "SANITIZE", "SERVER", "SWIFTC", "TAKE_OVER",
  ]
  private static let sections = [
    "DASHBOARD_", "DISK_", "ENGINE_", "FLEET_", "HTTP_", "INGEST_", "LIMITS_", "LOG_", "METRICS_DELTA_",
    "METRICS_EXEMPLARS_",
    "METRICS_OTLP_", "METRICS_QUERY_", "METRICS_RECENT_", "METRICS_RETENTION_", "METRICS_SCRAPE_", "METRICS_SERIES_",
    "METRICS_TEXTFILE_", "OTLP_", "QUERY_", "RETENTION_", "STORE_", "TLS_",
  ]
  private static let warningsMax = 10

  /// Warns of variables that nobody reads, with the name that was probably meant.
  static func warnOfUnknown(_ names: [String], _ warnings: Warnings) {
    for name in unknown(names).prefix(warningsMax) {
      let hint = meant(name).map { "; did you mean \($0)?" } ?? ""
      warnings.once(name, "the variable \(name) is not known and has no effect\(hint)")
    }
  }

  /// The variables among these that nobody reads.
  static func unknown(_ names: [String]) -> [String] {
    names.filter { name in
      guard name.hasPrefix(prefix) else { return false }
      let part = String(name.dropFirst(prefix.count))
      return !known.contains(part) && !ofPython.contains(part) && !ofServer.contains(part)
        && !sections.contains { part.hasPrefix($0) && part.count > $0.count } && !isOfService(part)
    }.sorted()
  }

  /// What Kubernetes and Docker tell of services and containers whose names begin with "axonize"
  /// (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables).
  private static func isOfService(_ part: String) -> Bool {
    let words = part.split(separator: "_", omittingEmptySubsequences: false)
    for place in words.indices {
      let rest = Array(words[place...])
      if rest == ["SERVICE", "HOST"] || rest.starts(with: ["SERVICE", "PORT"]) || rest == ["PORT"] { return true }
      if rest.count >= 3, rest[0] == "PORT", Int(rest[1]) != nil, ["TCP", "UDP", "SCTP"].contains(rest[2]) {
        return true
      }
    }
    return false
  }

  /// The variable that a mistaken name probably means: a word of it, or one that differs in few letters.
  static func meant(_ name: String) -> String? {
    let part = String(name.dropFirst(prefix.count))
    if let whole = known.first(where: { $0.split(separator: "_").contains(Substring(part)) }) { return prefix + whole }
    let near = known.map { (name: $0, distance: distance(Array(part.utf8), Array($0.utf8))) }
      .filter { $0.distance <= 2 || $0.name.hasPrefix(part) && part.count >= 4 }
    return near.min { $0.distance < $1.distance }.map { prefix + $0.name }
  }

  /// Insertions, removals and changes of letters that lead from one word to the other (Levenshtein's).
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for (index, letter) in left.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for (place, other) in right.enumerated() {
        let change = diagonal + (letter == other ? 0 : 1)
        diagonal = row[place + 1]
        row[place + 1] = min(change, row[place] + 1, row[place + 1] + 1)
      }
    }
    return row[right.count]
  }
}
