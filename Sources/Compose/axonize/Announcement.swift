import Configuration
import Server
import System

/// What a person at a terminal sees when the server is ready.
enum Announcement {
  static func text(_ addresses: ServerAddresses, _ configuration: Configuration) -> String {
    func url(_ address: String?, _ path: String = "") -> String? {
      address.map { "\(addresses.scheme)://\($0)\(path)" }
    }
    let lines = [
      ("Dashboard", url(addresses.http, "/")), ("OTLP/gRPC", url(addresses.otlpGRPC)),
      ("OTLP/HTTP", url(addresses.otlpHTTP)), ("REST API", url(addresses.http, "/api/v1")),
      ("Data", File.absolutePath(configuration.dataDirectory)),
      ("API keys", configuration[Settings.requireKeys] ? "required; 'axonize keys create' makes one" : "not needed"),
    ]
    let listed = lines.compactMap { name, value in
      value.map { "    \(name)\(String(repeating: " ", count: 15 - name.count))\($0)\n" }
    }
    return "\n  Axonize is ready.\n" + listed.joined() + "\n  Press Ctrl-C to stop; the data stays.\n"
  }
}
