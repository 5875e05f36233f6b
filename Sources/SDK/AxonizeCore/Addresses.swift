import CAxonizeCore

/// Where the receiver's name leads: its addresses, looked up again after a while or when none answers.
struct Addresses {
  var list: UnsafeMutablePointer<sockaddr_storage>?
  var sizes: UnsafeMutablePointer<socklen_t>?
  var count = 0
  var lookedUpAt: UInt64 = 0

  static let countMax = 8
  /// Names of services in clusters move; five minutes is longer than any connection should trust one.
  static let lifetime: UInt64 = 300_000_000_000

  /// Looks a host up by getaddrinfo(3), which may block; returns an EAI_ code, 0 for success.
  static func lookUp(
    _ addresses: UnsafeMutablePointer<Addresses>, _ host: UnsafePointer<CChar>, _ port: UInt32, now: UInt64
  ) -> Int32 {
    if addresses.pointee.list == nil {
      guard let list = calloc(countMax, MemoryLayout<sockaddr_storage>.stride),
        let sizes = calloc(countMax, MemoryLayout<socklen_t>.stride)
      else { return EAI_MEMORY }
      addresses.pointee.list = list.assumingMemoryBound(to: sockaddr_storage.self)
      addresses.pointee.sizes = sizes.assumingMemoryBound(to: socklen_t.self)
    }
    addresses.pointee.count = 0
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_NUMERICSERV
    var digits: (UInt64, UInt64) = (0, 0)
    let result = withUnsafeMutableBytes(of: &digits) { service -> Int32 in
      guard let base = service.baseAddress else { return EAI_MEMORY }
      let number = base.assumingMemoryBound(to: UInt8.self)
      number[putDecimal(number, UInt64(port))] = 0
      var found: UnsafeMutablePointer<addrinfo>?
      let result = getaddrinfo(host, base.assumingMemoryBound(to: CChar.self), &hints, &found)
      guard result == 0 else { return result }
      copy(addresses, found)
      freeaddrinfo(found)
      return 0
    }
    if result == 0, addresses.pointee.count == 0 { return EAI_NONAME }
    addresses.pointee.lookedUpAt = now
    return result
  }

  private static func copy(_ addresses: UnsafeMutablePointer<Addresses>, _ found: UnsafeMutablePointer<addrinfo>?) {
    guard let list = addresses.pointee.list, let sizes = addresses.pointee.sizes else { return }
    var next = found
    while let info = next, addresses.pointee.count < countMax {
      next = info.pointee.ai_next
      let size = Int(info.pointee.ai_addrlen)
      guard let address = info.pointee.ai_addr, size <= MemoryLayout<sockaddr_storage>.size else { continue }
      memcpy(list + addresses.pointee.count, address, size)
      sizes[addresses.pointee.count] = info.pointee.ai_addrlen
      addresses.pointee.count &+= 1
    }
  }

  static func release(_ addresses: UnsafeMutablePointer<Addresses>) {
    free(addresses.pointee.list)
    free(addresses.pointee.sizes)
    addresses.pointee = Addresses()
  }
}

/// Writes a number in decimal digits, at most 20, and returns how many.
func putDecimal(_ place: UnsafeMutablePointer<UInt8>, _ value: UInt64) -> Int {
  var count = 1
  var rest = value / 10
  while rest > 0 {
    count &+= 1
    rest /= 10
  }
  rest = value
  var index = count
  while index > 0 {
    index &-= 1
    place[index] = UInt8(truncatingIfNeeded: rest % 10) &+ 48
    rest /= 10
  }
  return count
}
