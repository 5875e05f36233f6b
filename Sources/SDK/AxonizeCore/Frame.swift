import CAxonizeCore

/// Frames of HTTP/2 (RFC 9113, 4.1 and 6).
struct Frame {
  enum Kind: UInt8 {
    case data = 0
    case headers = 1
    case priority = 2
    case resetStream = 3
    case settings = 4
    case pushPromise = 5
    case ping = 6
    case goAway = 7
    case windowUpdate = 8
    case continuation = 9
  }

  enum Setting: UInt16 {
    case headerTableSize = 1
    case enablePush = 2
    case concurrentStreamsMax = 3
    case initialWindowSize = 4
    case frameSizeMax = 5
    case headerListSizeMax = 6
  }

  var kind: UInt8
  var flags: UInt8
  var stream: UInt32
  var payload: UnsafePointer<UInt8>
  var size: Int

  static let headSize = 9
  /// Of frames that come; more must be allowed by a setting, which is not.
  static let sizeMax = 16384

  static let acknowledgement: UInt8 = 1
  static let endStream: UInt8 = 1
  static let endHeaders: UInt8 = 4
  static let padded: UInt8 = 8
  static let priority: UInt8 = 0x20

  /// The frame at a place where nine bytes at least are; its payload may not have come.
  static func read(_ bytes: UnsafePointer<UInt8>) -> Frame {
    Frame(
      kind: bytes[3], flags: bytes[4], stream: number(bytes + 5) & 0x7fff_ffff, payload: bytes + headSize,
      size: Int(number(bytes) &>> 8))
  }

  /// Four bytes, greatest first.
  static func number(_ bytes: UnsafePointer<UInt8>) -> UInt32 {
    UInt32(bytes[0]) &<< 24 | UInt32(bytes[1]) &<< 16 | UInt32(bytes[2]) &<< 8 | UInt32(bytes[3])
  }

  static func putHead(
    _ buffer: UnsafeMutablePointer<axz_buffer>, size: Int, _ kind: Kind, flags: UInt8, stream: UInt32
  ) -> Bool {
    guard let place = room(buffer, headSize) else { return false }
    place[0] = UInt8(truncatingIfNeeded: size &>> 16)
    place[1] = UInt8(truncatingIfNeeded: size &>> 8)
    place[2] = UInt8(truncatingIfNeeded: size)
    place[3] = kind.rawValue
    place[4] = flags
    put(place + 5, stream)
    buffer.pointee.used &+= UInt32(headSize)
    return true
  }

  static func putSetting(_ buffer: UnsafeMutablePointer<axz_buffer>, _ setting: Setting, _ value: UInt32) -> Bool {
    guard let place = room(buffer, 6) else { return false }
    place[0] = 0
    place[1] = UInt8(truncatingIfNeeded: setting.rawValue)
    put(place + 2, value)
    buffer.pointee.used &+= 6
    return true
  }

  static func putNumber(_ buffer: UnsafeMutablePointer<axz_buffer>, _ value: UInt32) -> Bool {
    guard let place = room(buffer, 4) else { return false }
    put(place, value)
    buffer.pointee.used &+= 4
    return true
  }

  private static func put(_ place: UnsafeMutablePointer<UInt8>, _ value: UInt32) {
    UnsafeMutableRawPointer(place).storeBytes(of: value.bigEndian, as: UInt32.self)
  }
}
