/// Headers of every request, by their names without regard to case; of two with one name the later counts.
///
/// Values are never told, and names only where they can be no value: either may be a secret.
struct RequestHeaders {
  struct Header {
    var name: String
    var value: String
    /// What gave it, such as "AXONIZE_API_KEY".
    var origin: String
  }

  private(set) var all: [Header] = []
  private let warnings: Warnings

  /// The headers of the environment, of the program, and the key.
  init(_ given: Axonize.Configuration, _ environment: Environment) {
    warnings = environment.warnings
    for name in ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS", "AXONIZE_HEADERS"] {
      read(name, environment.text(name) ?? "")
    }
    for (place, (name, value)) in given.headers.sorted(by: { $0.key < $1.key }).enumerated() {
      let known = Self.isName(name) ? " (\(name))" : ""
      put(name, value, origin: "headers", "headers: number \(place + 1) by name\(known)")
    }
    let key = (given.apiKey ?? environment.text("AXONIZE_API_KEY") ?? "").trimmed
    if !key.isEmpty {
      let origin = given.apiKey == nil ? "AXONIZE_API_KEY" : "apiKey"
      put("Authorization", "Bearer \(key)", origin: origin, "the key of \(origin)")
    }
  }

  /// What gave the key; nil where there is none.
  var keyOrigin: String? { all.first { $0.name.lowercased() == "authorization" }?.origin }

  private mutating func read(_ variable: String, _ text: String) {
    for (place, pair) in EnvironmentValue.entries(text) {
      if let pair {
        put(pair.key, pair.value, origin: variable, "\(variable): entry \(place)")
      } else {
        warnings.once("\(variable) \(place)", "\(variable): entry \(place) is not name=value; it is not sent")
      }
    }
  }

  private mutating func put(_ name: String, _ value: String, origin: String, _ place: String) {
    guard Self.isName(name), value.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) else {
      return warnings.once("headers \(place)", "\(place) has characters that HTTP does not allow; it is not sent")
    }
    all.removeAll { $0.name.lowercased() == name.lowercased() }
    all.append(Header(name: name, value: value, origin: origin))
  }

  /// Whether HTTP allows the name of a header (RFC 9110, 5.6.2).
  private static func isName(_ name: String) -> Bool {
    !name.isEmpty
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
          UInt8(ascii: "A")...UInt8(ascii: "Z"):
          true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
      }
  }
}
