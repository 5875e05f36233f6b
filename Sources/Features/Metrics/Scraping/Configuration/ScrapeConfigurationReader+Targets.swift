import Configuration
import Series
import YAML

// Where targets are found.
extension ScrapeConfigurationReader {
  func discoveries(_ members: inout YAMLMembers) -> [DiscoveryConfiguration] {
    let groups = (members.list("static_configs") ?? []).enumerated().compactMap { group($1, source: "\($0)") }
    let fixed: [DiscoveryConfiguration] = groups.isEmpty ? [] : [.fixed(groups)]
    let found = (members.list("file_sd_configs") ?? []).compactMap { files($0) }
    let resolved = (members.list("dns_sd_configs") ?? []).compactMap { names($0) }
    return fixed + found + resolved
  }

  private func group(_ node: YAMLNode, source: String) -> TargetGroup? {
    guard var members = YAMLMembers(node, "static_configs", problems) else { return nil }
    let targets = members.texts("targets") ?? []
    for target in targets where target.contains("/") {
      members.problem(
        at: "targets",
        "'\(target)' is not a target, which is HOST or HOST:PORT; the scheme and metrics_path are members")
    }
    let labels = LabelSet(labels(&members, "labels"))
    members.finish(unsupported: [])
    return TargetGroup(
      targets: targets.map { LabelSet([Label(TargetLabels.address, $0)]) }, labels: labels, source: source)
  }

  private func files(_ node: YAMLNode) -> DiscoveryConfiguration? {
    guard var members = YAMLMembers(node, "file_sd_configs", problems) else { return nil }
    let patterns = members.texts("files") ?? []
    if patterns.isEmpty { members.problem("file_sd_configs needs files") }
    admitFiles(members, "files")
    for pattern in patterns where FilePattern.hasOuterWildcard(pattern) {
      members.problem(at: "files", "'\(pattern)' has a wildcard outside its last part")
    }
    for pattern in patterns where ![".json", ".yml", ".yaml"].contains(where: { pattern.hasSuffix($0) }) {
      members.problem(at: "files", "'\(pattern)' does not end in .json, .yml or .yaml")
    }
    let interval = members.duration("refresh_interval") ?? .seconds(300)
    members.finish(unsupported: [])
    return .files(patterns: patterns.map { path($0) }, refreshInterval: interval)
  }

  private func names(_ node: YAMLNode) -> DiscoveryConfiguration? {
    guard var members = YAMLMembers(node, "dns_sd_configs", problems) else { return nil }
    let names = members.texts("names") ?? []
    if names.isEmpty { members.problem("dns_sd_configs needs names") }
    let type = members.read("type", "A, AAAA or SRV") { DNSRecordType(rawValue: $0.uppercased()) } ?? .srv
    let port = members.read("port", "a number from 1 to 65535") { UInt16($0).flatMap { $0 > 0 ? $0 : nil } }
    if type != .srv, port == nil { members.problem("dns_sd_configs of type \(type.rawValue) needs a port") }
    let interval = members.duration("refresh_interval") ?? .seconds(30)
    members.finish(unsupported: [])
    return .dns(names: names, type: type, port: port ?? 0, refreshInterval: interval)
  }
}
