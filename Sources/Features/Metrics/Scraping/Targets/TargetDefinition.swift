import HTTPClient
import HTTPTypes
import Series

/// A target after relabelling: where it is, how often it is scraped, and the labels of its series.
struct TargetDefinition: Sendable, Hashable {
  /// Before relabelling.
  let discoveredLabels: LabelSet
  /// Those of its series: no internal ones.
  let labels: LabelSet
  /// Nil for a folder.
  let url: HTTPURL?
  /// The URL as text.
  let address: String
  let interval: Duration
  let timeout: Duration

  /// What makes two discovered targets the same.
  var identity: Identity { Identity(labels: labels, address: address, interval: interval, timeout: timeout) }

  struct Identity: Sendable, Hashable {
    let labels: LabelSet
    let address: String
    let interval: Duration
    let timeout: Duration
  }

  /// What becomes of a discovered target.
  enum Outcome: Sendable {
    case active(TargetDefinition)
    /// Relabelling dropped it.
    case dropped(discoveredLabels: LabelSet)
    /// It cannot be scraped: a sentence without its period.
    case invalid(discoveredLabels: LabelSet, String)
  }

  /// Relabels a discovered target (`PopulateLabels` of Prometheus' `scrape/target.go`).
  static func make(_ target: LabelSet, in group: TargetGroup, of job: ScrapeJob) -> Outcome {
    let discovered = discoveredLabels(target, group, job)
    if let folder = job.folder { return .active(self.folder(folder, discovered, of: job)) }
    guard var labels = job.targetRelabelling.apply(to: discovered) else {
      return .dropped(discoveredLabels: discovered)
    }
    func invalid(_ reason: String) -> Outcome { .invalid(discoveredLabels: discovered, reason) }
    if labels.isEmpty { return invalid("relabel_configs removed every label of the target") }
    let address = labels[TargetLabels.address]
    if address.isEmpty { return invalid("the target has no __address__ after relabel_configs") }
    if address.contains("/") { return invalid("the address '\(address)' holds a '/': it must be HOST or HOST:PORT") }
    guard let interval = positive(labels[TargetLabels.interval]) else {
      return invalid("'\(labels[TargetLabels.interval])' of __scrape_interval__ is not a duration of more than 0")
    }
    guard let timeout = positive(labels[TargetLabels.timeout]) else {
      return invalid("'\(labels[TargetLabels.timeout])' of __scrape_timeout__ is not a duration of more than 0")
    }
    if timeout > interval { return invalid("__scrape_timeout__ is longer than __scrape_interval__") }
    labels = labels.filter { !$0.name.begins(with: TargetLabels.metaPrefix) }
    if labels[TargetLabels.instance].isEmpty { labels = labels.setting(TargetLabels.instance, to: address) }
    let text = TargetURL.text(labels, job)
    guard let url = HTTPURL(text) else { return invalid("'\(text)' is not a URL that can be scraped") }
    return .active(
      TargetDefinition(
        discoveredLabels: discovered,
        labels: labels.filter { !$0.name.begins(with: TargetLabels.reservedPrefix) }, url: url, address: text,
        interval: interval, timeout: timeout))
  }

  /// A folder of files, which has no address that labels could change.
  private static func folder(_ path: String, _ discovered: LabelSet, of job: ScrapeJob) -> TargetDefinition {
    TargetDefinition(
      discoveredLabels: discovered, labels: discovered.filter { !$0.name.begins(with: TargetLabels.reservedPrefix) },
      url: nil, address: "file://\(path)", interval: job.interval, timeout: job.timeout)
  }

  /// The labels of the target, then those of the group, then what the job says.
  private static func discoveredLabels(_ target: LabelSet, _ group: TargetGroup, _ job: ScrapeJob) -> LabelSet {
    var labels: [Label] = [
      Label(TargetLabels.job, job.name), Label(TargetLabels.interval, ScrapeDuration.text(job.interval)),
      Label(TargetLabels.timeout, ScrapeDuration.text(job.timeout)),
      Label(TargetLabels.metricsPath, job.metricsPath), Label(TargetLabels.scheme, job.scheme.rawValue),
    ]
    for (name, values) in job.parameters {
      if let first = values.first { labels.append(Label(TargetLabels.parameterPrefix + name, first)) }
    }
    // Of several with one name the last counts.
    return LabelSet(labels + group.labels.labels + target.labels)
  }

  private static func positive(_ text: String) -> Duration? {
    ScrapeDuration.duration(text).flatMap { $0 > .zero ? $0 : nil }
  }
}

/// The URL of a target, from its labels.
enum TargetURL {
  static func text(_ labels: LabelSet, _ job: ScrapeJob) -> String {
    var parameters = job.parameters
    for label in labels.labels where label.name.begins(with: TargetLabels.parameterPrefix) {
      let name = String(label.name.dropFirst(TargetLabels.parameterPrefix.count))
      if parameters[name]?.isEmpty ?? true {
        parameters[name] = [label.value]
      } else {
        parameters[name]?[0] = label.value
      }
    }
    let query = parameters.sorted { $0.key.precedes($1.key) }.flatMap { name, values in
      values.map { "\(PercentEncoding.encode(name))=\(PercentEncoding.encode($0))" }
    }
    let path = path(labels[TargetLabels.metricsPath])
    let address = "\(labels[TargetLabels.scheme])://\(labels[TargetLabels.address])\(path)"
    return query.isEmpty ? address : "\(address)?\(query.joined(separator: "&"))"
  }

  /// A path with what may not stand in one percent-encoded (RFC 3986, section 3.3).
  private static func path(_ path: String) -> String {
    let encoded = path.utf8.map { byte in
      isPathByte(byte) ? String(Unicode.Scalar(byte)) : PercentEncoding.encode(String(decoding: [byte], as: UTF8.self))
    }
    let text = encoded.joined()
    return text.isEmpty || text.hasPrefix("/") ? text : "/" + text
  }

  private static func isPathByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
    default: "-._~!$&'()*+,;=:@/%".utf8.contains(byte)
    }
  }
}
