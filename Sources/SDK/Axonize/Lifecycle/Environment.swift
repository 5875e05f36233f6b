internal import CAxonizeCore
internal import Glibc

/// Reads variables of the environment; what cannot be read is warned of and passed over.
struct Environment {
  let variable: @Sendable (String) -> String?
  let warnings: Warnings

  /// The process's own environment.
  static let process: @Sendable (String) -> String? = { name in
    // SAFETY: getenv(3) gives a text of the process or null; programs that change their environment beside other
    // threads break every reader of it, and so it is read here only while the SDK starts.
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }

  /// The names of the process's variables that begin with a text.
  static func names(prefix: String) -> [String] {
    var names: [String] = []
    var place = 0
    // SAFETY: as in `process`; each text is copied before the next call.
    while let text = unsafe axz_variable(place) {
      let name = unsafe String(cString: text).prefix { $0 != "=" }
      if name.hasPrefix(prefix) { names.append(String(name)) }
      place += 1
    }
    return names
  }

  /// The text of a variable without white space around; nil when it is not set or empty.
  func text(_ name: String) -> String? {
    guard let text = variable(name)?.trimmed, !text.isEmpty else { return nil }
    return text
  }

  /// The first of some variables that is set and can be read; `expected` is what the others are not.
  func first<Value>(_ names: String..., expected: String, read: (String) -> Value?) -> Value? {
    for name in names {
      guard let text = text(name) else { continue }
      if let value = read(text) { return value }
      warnings.once(name, "\(name): '\(text)' is not \(expected); it is not used")
    }
    return nil
  }

  func bool(_ names: String) -> Bool? { first(names, expected: "true or false", read: EnvironmentValue.bool) }

  func count(_ names: String...) -> Int? {
    for name in names {
      if let value = first(name, expected: "a whole number of at least 0", read: EnvironmentValue.count) {
        return value
      }
    }
    return nil
  }

  func seconds(_ name: String) -> Duration? {
    first(name, expected: "a number of seconds, above 0 and below 86400", read: EnvironmentValue.seconds)
  }

  func milliseconds(_ name: String) -> Duration? {
    first(name, expected: "a number of milliseconds, above 0 and below 86400000", read: EnvironmentValue.milliseconds)
  }

  /// A variable that may hold secrets: of one that cannot be read nothing is told but what is wrong with it.
  func secret<Value>(_ name: String, problem: String, read: (String) -> Value?) -> Value? {
    guard let text = text(name) else { return nil }
    let value = read(text)
    if value == nil { warnings.once(name, "\(name): \(problem); it is not used") }
    return value
  }
}

/// Readers of variables' values.
enum EnvironmentValue {
  static func bool(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "1", "true", "yes", "on": true
    case "0", "false", "no", "off": false
    default: nil
    }
  }

  /// A number of at least 0.
  static func count(_ text: String) -> Int? { Int(text).flatMap { $0 >= 0 ? $0 : nil } }

  /// More than nothing and less than a day.
  static func seconds(_ text: String) -> Duration? {
    guard let number = Double(text), number > 0, number < 86400 else { return nil }
    return .seconds(number)
  }

  static func milliseconds(_ text: String) -> Duration? { Double(text).flatMap { seconds("\($0 / 1000)") } }

  /// The specification means milliseconds, some SDKs read seconds: both are written in practice.
  static func otelTimeout(_ text: String) -> Duration? {
    guard let number = Double(text) else { return nil }
    return number >= 1000 ? milliseconds(text) : seconds(text)
  }

  static func ratio(_ text: String) -> Double? { Double(text).flatMap { (0...1).contains($0) ? $0 : nil } }

  static func exportProtocol(_ text: String) -> Axonize.ExportProtocol? {
    let name = text.lowercased()
    return Axonize.ExportProtocol(rawValue: name == "http" ? "http/protobuf" : name)
  }

  static func compression(_ text: String) -> Axonize.Compression? { Axonize.Compression(rawValue: text.lowercased()) }

  /// OpenTelemetry's name of a sampler: what decides at the root, and whether a parent is followed.
  static func sampler(_ text: String) -> (root: String, followsParent: Bool)? {
    let name = text.lowercased()
    let prefix = "parentbased_"
    let root = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
    return ["always_on", "always_off", "traceidratio"].contains(root) ? (root, name.hasPrefix(prefix)) : nil
  }

  /// `a=b,c=d` with percent-encoding, as in OTEL_RESOURCE_ATTRIBUTES and OTEL_EXPORTER_OTLP_HEADERS.
  ///
  /// Each entry with its place, from 1 on; nil for one that is none.
  static func entries(_ text: String) -> [(place: Int, pair: (key: String, value: String)?)] {
    var entries: [(Int, (String, String)?)] = []
    for (index, item) in text.split(separator: ",", omittingEmptySubsequences: false).enumerated() {
      if item.trimmed.isEmpty { continue }
      guard let equals = item.firstIndex(of: "="), !item[..<equals].trimmed.isEmpty else {
        entries.append((index + 1, nil))
        continue
      }
      let value = PercentText.decode(item[item.index(after: equals)...].trimmed)
      entries.append((index + 1, (PercentText.decode(item[..<equals].trimmed), value)))
    }
    return entries
  }
}
