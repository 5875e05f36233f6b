import CSystemShims
import Glibc

/// Where a service is: a record of type SRV (RFC 2782).
package struct ServiceRecord: Hashable, Sendable {
  /// The name of a host, without the dot at the end.
  package let target: String
  package let port: UInt16

  package init(target: String, port: UInt16) {
    self.target = target
    self.port = port
  }

  /// Looks the records of a service up, for example of `_metrics._tcp.example.com`, in the order of the response; none
  /// where the name has none (res_nsearch(3)).
  ///
  /// Blocks: call it on a worker thread.
  ///
  /// - Parameter server: an IPv4 address to ask; nil for the name servers of the system.
  package static func resolve(_ name: String, from server: SocketAddress? = nil) throws(NameError) -> [ServiceRecord] {
    precondition(server?.family != .ipv6, "name servers are asked over IPv4")
    let found = Found()
    let result: Int32
    if let server {
      result = unsafe server.withSockaddr { address, _ in
        // SAFETY: an IPv4 address is a sockaddr_in.
        unsafe address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { unsafe find(name, $0, found) }
      }
    } else {
      result = unsafe find(name, nil, found)
    }
    switch result {
    case 0, NO_DATA: return found.records
    default: throw NameError(host: name, code: result, reason: unsafe String(cString: hstrerror(result)))
    }
  }

  private static func find(_ name: String, _ server: UnsafePointer<sockaddr_in>?, _ found: Found) -> Int32 {
    // SAFETY: the object lives through the call, in which alone the callback runs; the target is a C string during it.
    unsafe CSystemShims_find_services(name, server, Unmanaged.passUnretained(found).toOpaque()) {
      context, target, port in
      guard let context = unsafe context, let target = unsafe target else { return }
      let found = unsafe Unmanaged<Found>.fromOpaque(context).takeUnretainedValue()
      var name = unsafe String(cString: target)
      if name.hasSuffix(".") { name.removeLast() }
      found.records.append(ServiceRecord(target: name, port: port))
    }
  }

  private final class Found {
    var records: [ServiceRecord] = []
  }
}
