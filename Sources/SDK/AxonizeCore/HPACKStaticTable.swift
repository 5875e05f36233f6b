import CAxonizeCore

/// The fields that HPACK knows by number (RFC 7541, Appendix A).
enum HPACKStaticTable {
  static let count = 61

  /// Names and values, each pair on a line, from number 1 on.
  private static var lines: StaticString {
    """
    :authority\t
    :method\tGET
    :method\tPOST
    :path\t/
    :path\t/index.html
    :scheme\thttp
    :scheme\thttps
    :status\t200
    :status\t204
    :status\t206
    :status\t304
    :status\t400
    :status\t404
    :status\t500
    accept-charset\t
    accept-encoding\tgzip, deflate
    accept-language\t
    accept-ranges\t
    accept\t
    access-control-allow-origin\t
    age\t
    allow\t
    authorization\t
    cache-control\t
    content-disposition\t
    content-encoding\t
    content-language\t
    content-length\t
    content-location\t
    content-range\t
    content-type\t
    cookie\t
    date\t
    etag\t
    expect\t
    expires\t
    from\t
    host\t
    if-match\t
    if-modified-since\t
    if-none-match\t
    if-range\t
    if-unmodified-since\t
    last-modified\t
    link\t
    location\t
    max-forwards\t
    proxy-authenticate\t
    proxy-authorization\t
    range\t
    referer\t
    refresh\t
    retry-after\t
    server\t
    set-cookie\t
    strict-transport-security\t
    transfer-encoding\t
    user-agent\t
    vary\t
    via\t
    www-authenticate\t

    """
  }

  /// Points a field at the entry with a number of 1...61.
  static func look(_ number: Int, _ field: UnsafeMutablePointer<HeaderField>) {
    var line = UnsafePointer(lines.utf8Start)
    var rest = number &- 1
    while rest > 0 {
      if line.pointee == 10 { rest &-= 1 }
      line += 1
    }
    var size = 0
    while line[size] != 9 { size &+= 1 }
    field.pointee.name = line
    field.pointee.nameSize = size
    let value = line + size + 1
    size = 0
    while value[size] != 10 { size &+= 1 }
    field.pointee.value = value
    field.pointee.valueSize = size
  }
}
