/// How names of OpenTelemetry become names of Prometheus.
///
/// OpenTelemetry's compatibility specification ("OTLP Metric points to Prometheus") and Prometheus' otlptranslator say
/// how.
package struct MetricNaming: Sendable, Hashable {
  /// What becomes of a name, in the words of Prometheus' setting `translation_strategy`.
  package enum Strategy: String, Sendable, CaseIterable {
    /// `http.server.duration` in seconds becomes `http_server_duration_seconds`.
    case underscoreEscapingWithSuffixes = "UnderscoreEscapingWithSuffixes"
    case underscoreEscapingWithoutSuffixes = "UnderscoreEscapingWithoutSuffixes"
    /// `http.server.duration` in seconds becomes `http.server.duration_seconds`.
    case noUTF8EscapingWithSuffixes = "NoUTF8EscapingWithSuffixes"
    /// Names stay as they are.
    case noTranslation = "NoTranslation"

    fileprivate var escapes: Bool {
      switch self {
      case .underscoreEscapingWithSuffixes, .underscoreEscapingWithoutSuffixes: true
      case .noUTF8EscapingWithSuffixes, .noTranslation: false
      }
    }

    fileprivate var addsSuffixes: Bool {
      switch self {
      case .underscoreEscapingWithSuffixes, .noUTF8EscapingWithSuffixes: true
      case .underscoreEscapingWithoutSuffixes, .noTranslation: false
      }
    }
  }

  /// What decides the suffix of a metric's name.
  package enum Kind: Sendable, CaseIterable {
    /// A sum that only grows: `_total`.
    case monotonicSum
    /// A gauge: `_ratio` where its unit is 1.
    case gauge
    /// Anything else.
    case other
  }

  package let strategy: Strategy

  package init(_ strategy: Strategy) { self.strategy = strategy }

  /// The name of a metric; nil where nothing of it is left.
  package func metricName(_ name: String, unit: String, kind: Kind) -> String? {
    switch (strategy.escapes, strategy.addsSuffixes) {
    case (true, true): Self.meaningful(escaped(name, UnitWords(unit), unit, kind), of: name)
    case (true, false):
      Self.meaningful(
        Self.startingWithoutDigit(
          Self.tokens(name) { Self.isPlain($0) || $0 == ":" || $0 == "_" }.joined(separator: "_")),
        of: name)
    case (false, true): kept(name, UnitWords(unit), unit, kind)
    case (false, false): name.isEmpty ? nil : name
    }
  }

  /// The name of a label; nil where nothing of it is left.
  package func labelName(_ name: String) -> String? {
    guard strategy.escapes else { return name.isEmpty ? nil : name }
    var label = ""
    for scalar in name.unicodeScalars { label.unicodeScalars.append(Self.isPlain(scalar) ? scalar : "_") }
    if let first = label.utf8.first, Self.isDigit(first) {
      label = "key_" + label
    } else if label.hasPrefix("_"), !label.hasPrefix("__") {
      label = "key" + label
    }
    return Self.meaningful(label, of: name)
  }

  /// What a unit is called in the metadata of a metric, for example `bytes_per_second` for `By/s`; empty for none.
  package func unitName(_ unit: String) -> String {
    let words = UnitWords(unit)
    let (main, per) = strategy.escapes ? (Self.cleaned(words.main), Self.cleaned(words.per)) : (words.main, words.per)
    return Self.trimmed([main, per].filter { !$0.isEmpty }.joined(separator: "_"))
  }

  // MARK: With underscores

  private func escaped(_ name: String, _ unit: UnitWords, _ unitText: String, _ kind: Kind) -> String {
    var tokens = Self.tokens(name) { Self.isPlain($0) || $0 == ":" }
    let main = Self.trimmed(Self.cleaned(unit.main))
    let per = Self.trimmed(Self.cleaned(unit.per))
    let hasMain = !main.isEmpty && !tokens.contains(main)
    let hasPer = !per.isEmpty && per != "per" && !tokens.contains(per)
    if hasMain { tokens.append(main) }
    if hasPer { tokens.append(per) }
    if kind == .monotonicSum { tokens = tokens.filter { $0 != "total" } + ["total"] }
    if kind == .gauge, unitText == "1" { tokens = tokens.filter { $0 != "ratio" } + ["ratio"] }
    return Self.startingWithoutDigit(tokens.joined(separator: "_"))
  }

  // MARK: As they are

  private func kept(_ name: String, _ unit: UnitWords, _ unitText: String, _ kind: Kind) -> String? {
    if name.isEmpty { return nil }
    var text = name
    var suffixes: [String] = []
    if kind == .gauge, unitText == "1" { suffixes.append("ratio") }
    if kind == .monotonicSum { suffixes.append("total") }
    if !unit.per.isEmpty { suffixes.append(unit.per) }
    for suffix in suffixes { text = Self.without(suffix, text) }
    if !unit.main.isEmpty, !Self.ends(text, with: unit.main) { text += "_" + unit.main }
    for suffix in suffixes.reversed() { text += "_" + suffix }
    return text
  }

  /// A name without a suffix and the character before it, which is taken for a delimiter.
  private static func without(_ suffix: String, _ name: String) -> String {
    guard ends(name, with: suffix), name.utf8.count > suffix.utf8.count + 1 else { return name }
    return String(name.unicodeScalars.dropLast(suffix.unicodeScalars.count + 1))
  }

  private static func ends(_ name: String, with suffix: String) -> Bool {
    name.utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
  }

  // MARK: Characters

  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  private static func tokens(_ text: String, _ isAllowed: (Unicode.Scalar) -> Bool) -> [String] {
    text.unicodeScalars.split { !isAllowed($0) }.map { String($0) }
  }

  /// A unit with other characters replaced, runs of underscores made one, and none before it.
  private static func cleaned(_ unit: String) -> String {
    var result = ""
    for scalar in unit.unicodeScalars {
      let kept: Unicode.Scalar = isPlain(scalar) || scalar == ":" ? scalar : "_"
      if kept == "_", result.isEmpty || result.unicodeScalars.last == "_" { continue }
      result.unicodeScalars.append(kept)
    }
    return result
  }

  /// Without an underscore at either end.
  private static func trimmed(_ text: String) -> String {
    let start = text.hasPrefix("_") ? text.dropFirst() : text[...]
    return String(start.hasSuffix("_") ? start.dropLast() : start)
  }

  private static func startingWithoutDigit(_ name: String) -> String {
    name.utf8.first.map(isDigit) == true ? "_" + name : name
  }

  /// A name that was changed into underscores only says nothing.
  private static func meaningful(_ name: String, of original: String) -> String? {
    if name.isEmpty { return nil }
    return name == original || name.utf8.contains { $0 != UInt8(ascii: "_") } ? name : nil
  }
}
