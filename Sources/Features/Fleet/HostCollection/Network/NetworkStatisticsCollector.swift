import Collection
import SeriesBytes

/// Counters of the network protocols: `/proc/net/netstat`, `snmp` and `snmp6`.
final class NetworkStatisticsCollector: Collector {
  let name = "netstat"
  /// With lines of names and lines of values in turn.
  private let paired: [HostFile]
  /// With a name and a value on each line.
  private let listed: HostFile
  private var families = NamedFamilies()

  init(_ roots: HostRoots, _ buffer: HostFileBuffer) {
    paired = ["netstat", "snmp"].map { HostFile("\(roots.proc)/net/\($0)", buffer) }
    listed = HostFile("\(roots.proc)/net/snmp6", buffer)
  }

  func collect(into collected: inout Collected) throws(CollectionProblem) {
    for file in paired {
      let text = try file.read()
      if !collectPairs(text.span, into: &collected) { collected.note(file.malformed) }
    }
    do throws(CollectionProblem) {
      let text = try listed.read()
      if !collectList(text.span, into: &collected) { collected.note(listed.malformed) }
    } catch {
      // A kernel without IPv6 has no such file.
      if !error.isNoSuchFile { throw error }
    }
  }

  /// False where a line is malformed.
  private func collectPairs(_ text: Span<UInt8>, into collected: inout Collected) -> Bool {
    var names = TextScanner(text)
    while !names.isAtEnd {
      var values = names
      values.nextLine()
      guard let protocolName = names.word() else {
        names = values
        continue
      }
      guard let second = values.word(), names.isEqual(protocolName, second), protocolName.count > 1 else {
        return false
      }
      let prefix = protocolName.lowerBound..<protocolName.upperBound - 1
      while let name = names.word() {
        guard let value = values.word() else { return false }
        // Few of them are signed, such as the number of connections that may be open.
        guard let number = KernelNumber.number(values.bytes(value)) else { return false }
        append(names, prefix, name, number, &collected)
      }
      values.nextLine()
      names = values
    }
    return true
  }

  /// False where a line is malformed.
  private func collectList(_ text: Span<UInt8>, into collected: inout Collected) -> Bool {
    var scanner = TextScanner(text)
    var isWhole = true
    while !scanner.isAtEnd {
      defer { scanner.nextLine() }
      guard let name = scanner.word() else { continue }
      guard let word = scanner.word(), let value = KernelNumber.number(scanner.bytes(word)) else {
        isWhole = false
        continue
      }
      // `Udp6InErrors` is InErrors of Udp6.
      guard let six = name.first(where: { scanner.bytes(name)[$0 - name.lowerBound] == UInt8(ascii: "6") }) else {
        continue
      }
      append(scanner, name.lowerBound..<six + 1, six + 1..<name.upperBound, value, &collected)
    }
    return isWhole
  }

  /// The key of a family, `Tcp_InSegs`, made without an allocation.
  private var key: [UInt8] = []

  private func append(
    _ scanner: borrowing TextScanner, _ protocolName: Range<Int>, _ name: Range<Int>, _ value: Double,
    _ collected: inout Collected
  ) {
    var key = self.key
    self.key = []
    key.removeAll(keepingCapacity: true)
    scanner.append(protocolName, to: &key)
    key.append(UInt8(ascii: "_"))
    scanner.append(name, to: &key)
    let family = families.family(key.span) { name in
      NetworkStatistics.areCollected(name)
        ? CollectedFamily("node_netstat_\(name)", .unknown, "\(name) of /proc/net.") : nil
    }
    self.key = key
    if let family { collected.append(family, value) }
  }
}

/// Which statistics of protocols are collected: those that node_exporter takes by default.
enum NetworkStatistics {
  private static let names: Set<String> = [
    "Ip_Forwarding", "Ip6_InOctets", "Ip6_OutOctets", "IpExt_InOctets", "IpExt_OutOctets", "Icmp_InMsgs",
    "Icmp_OutMsgs", "Icmp6_InMsgs", "Icmp6_OutMsgs", "TcpExt_TCPSynRetrans", "TcpExt_TCPTimeouts",
    "TcpExt_TCPOFOQueue", "TcpExt_TCPRcvQDrop", "Tcp_ActiveOpens", "Tcp_InSegs", "Tcp_OutSegs", "Tcp_OutRsts",
    "Tcp_PassiveOpens", "Tcp_RetransSegs", "Tcp_CurrEstab", "Udp_InDatagrams", "Udp_OutDatagrams", "Udp_NoPorts",
    "Udp_RcvbufErrors", "Udp_SndbufErrors", "Udp6_InDatagrams", "Udp6_OutDatagrams", "Udp6_NoPorts",
    "Udp6_RcvbufErrors", "Udp6_SndbufErrors",
  ]

  static func areCollected(_ name: String) -> Bool {
    names.contains(name) || name.hasSuffix("_InErrors") || name.hasSuffix("_InErrs")
      || name.hasPrefix("TcpExt_Listen") || name.hasPrefix("TcpExt_Syncookies")
  }
}
