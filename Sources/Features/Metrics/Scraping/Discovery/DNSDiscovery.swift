import Series
import Synchronization
import System

/// Targets from the DNS.
///
/// The resolver of the system is asked, which reads /etc/hosts for addresses, too.
final class DNSDiscovery: TargetDiscovery {
  let interval: Duration
  private let names: [String]
  private let type: DNSRecordType
  private let port: UInt16
  private let resolver: any TargetResolver
  private let known = Mutex<[String: TargetGroup]>([:])

  init(names: [String], type: DNSRecordType, port: UInt16, interval: Duration, resolver: any TargetResolver) {
    self.names = names
    self.type = type
    self.port = port
    self.interval = interval
    self.resolver = resolver
  }

  func refresh() -> DiscoveredTargets {
    var result = DiscoveredTargets()
    for name in names {
      do throws(NameError) {
        let group = TargetGroup(
          targets: try targets(name), labels: LabelSet([Label("__meta_dns_name", name)]), source: name)
        known.withLock { $0[name] = group }
        result.groups.append(group)
      } catch {
        // A name server that is away takes no target away.
        if let group = known.withLock({ $0[name] }) { result.groups.append(group) }
        result.problems.append("the name '\(name)' cannot be looked up: \(error.reason); its targets stay as they were")
      }
    }
    return result
  }

  private func targets(_ name: String) throws(NameError) -> [LabelSet] {
    switch type {
    case .srv:
      try resolver.services(name).map { record in
        LabelSet([
          Label(TargetLabels.address, Self.address(record.target, record.port)),
          Label("__meta_dns_srv_record_target", record.target + "."),
          Label("__meta_dns_srv_record_port", "\(record.port)"),
        ])
      }
    case .a, .aaaa:
      try resolver.addresses(name).filter { $0.family == (type == .a ? .ipv4 : .ipv6) }
        .map { LabelSet([Label(TargetLabels.address, Self.address($0.host, port))]) }
    }
  }

  private static func address(_ host: String, _ port: UInt16) -> String {
    host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}

/// Who knows names: the system, or a table in tests.
///
/// Blocks.
protocol TargetResolver: Sendable {
  func addresses(_ name: String) throws(NameError) -> [SocketAddress]
  func services(_ name: String) throws(NameError) -> [ServiceRecord]
}

/// The resolver of the system.
struct SystemResolver: TargetResolver {
  func addresses(_ name: String) throws(NameError) -> [SocketAddress] {
    try SocketAddress.resolve(host: name, port: 0)
  }

  func services(_ name: String) throws(NameError) -> [ServiceRecord] { try ServiceRecord.resolve(name) }
}
