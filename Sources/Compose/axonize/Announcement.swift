import Server

/// What a person at a terminal is told when the server is ready.
enum Announcement {
  static func text(_ addresses: ServerAddresses) -> String {
    let lines = [
      ("OTLP/gRPC", addresses.otlpGRPC, ""), ("OTLP/HTTP", addresses.otlpHTTP, ""),
      ("REST API", addresses.http, "/api/v1"),
    ]
    let listed = lines.compactMap { name, address, path in
      address.map { "    \(name)\(String(repeating: " ", count: 15 - name.count))\(addresses.scheme)://\($0)\(path)\n" }
    }
    return "\n  Axonize is ready.\n" + listed.joined() + "\n  Press Ctrl-C to stop.\n"
  }
}
