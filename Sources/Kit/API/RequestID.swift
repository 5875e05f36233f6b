import Base

/// The name of a request in logs and responses: the client's own if it is fit to log, else random.
package struct RequestID: Sendable {
  package let text: String

  /// A random one, 16 hexadecimal digits.
  package init() { text = Hex.encode(UInt64.random(in: .min ... .max)) }

  /// Takes a client's: 1 to 128 letters, digits and `-_.:/+=`; nil for others, which could break a log line.
  package init?(_ text: String) {
    let isFit =
      (1...128).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
          || "-_.:/+=".utf8.contains(byte)
      }
    guard isFit else { return nil }
    self.text = text
  }
}
