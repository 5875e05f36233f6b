/// What the command line asks for.
struct Options {
  enum Transport: String {
    case grpc, http
  }

  var transport = Transport.grpc
  var host = "127.0.0.1"
  var port: UInt16 = 4317
  var connections = 2
  /// Requests in flight on one connection; HTTP/1.1 has one.
  var inFlight = 4
  /// 0: as long as `spans` says.
  var seconds = 10.0
  /// Stop after this many spans were sent; 0: as long as `seconds` says.
  var spans = 0
  /// Spans a second; 0: as fast as answers come.
  var rate = 0.0
  var batchSpans = 500
  /// Distinct encoded batches to choose from.
  var batches = 64
  var gzip = false
  var gpuKey = "gpu.id"
  var key: String?
  var spreadSeconds = 10.0
  /// Above 0, times advance through so many seconds up to now while `spans` are sent, as if that long had been recorded.
  var replaySeconds = 0.0
  var seed: UInt64 = 1

  static let usage = """
    Usage: axonize-load [--name value ...]
      --transport grpc|http   OTLP/gRPC on HTTP/2, or OTLP/HTTP on HTTP/1.1 (grpc)
      --endpoint HOST:PORT    an IPv4 address and a port (127.0.0.1:4317)
      --connections N         connections (2)
      --in-flight N           requests in flight on each gRPC connection (4)
      --seconds S             how long to send (10)
      --spans N               stop after N spans; with --seconds 0, only then
      --rate N                spans a second; 0 is as fast as answers come (0)
      --batch-spans N         spans a request, a multiple of 10 (500)
      --batches N             distinct requests to choose from (64)
      --gzip true             compress each request
      --gpu-key KEY           the attribute that names a GPU; the server knows gpu.uuid (gpu.id)
      --key KEY               an ingest key
      --spread-seconds S      traces begin in the last S seconds (10)
      --replay-seconds S      with --spans: times advance through the last S seconds while they are sent (0: they do not)
      --seed N                seed of ids and values (1)
    """

  init(arguments: [String]) throws(LoadError) {
    var rest = arguments[...]
    while let name = rest.popFirst() {
      if name == "--help" || name == "-h" { throw LoadError(message: Options.usage) }
      guard let value = rest.popFirst() else { throw LoadError(message: "\(name) needs a value\n\(Options.usage)") }
      let known = apply(name: name, value: value)
      guard known else { throw LoadError(message: "cannot use '\(name) \(value)'\n\(Options.usage)") }
    }
    guard batchSpans > 0, batchSpans % BatchTemplate.spansPerTrace == 0 else {
      throw LoadError(message: "--batch-spans must be a multiple of \(BatchTemplate.spansPerTrace)")
    }
    guard replaySeconds == 0 || spans > 0 else { throw LoadError(message: "--replay-seconds needs --spans") }
    guard seconds > 0 || spans > 0 else { throw LoadError(message: "give --seconds or --spans") }
    guard connections > 0, inFlight > 0, batches > 0 else {
      throw LoadError(message: "--connections, --in-flight and --batches must be at least 1")
    }
    if transport == .http { inFlight = 1 }
  }

  /// Whether the option is known and its value makes sense.
  private mutating func apply(name: String, value: String) -> Bool {
    func set<Value>(_ path: WritableKeyPath<Options, Value>, _ parsed: Value?) -> Bool {
      guard let parsed else { return false }
      self[keyPath: path] = parsed
      return true
    }
    switch name {
    case "--transport": return set(\.transport, Transport(rawValue: value))
    case "--endpoint":
      guard let colon = value.lastIndex(of: ":") else { return false }
      host = String(value[..<colon])
      return set(\.port, UInt16(value[value.index(after: colon)...]))
    case "--connections": return set(\.connections, Int(value))
    case "--in-flight": return set(\.inFlight, Int(value))
    case "--seconds": return set(\.seconds, Double(value))
    case "--spans": return set(\.spans, Int(value))
    case "--rate": return set(\.rate, Double(value))
    case "--batch-spans": return set(\.batchSpans, Int(value))
    case "--batches": return set(\.batches, Int(value))
    case "--gzip": return set(\.gzip, Bool(value))
    case "--gpu-key": return set(\.gpuKey, value)
    case "--key": return set(\.key, value)
    case "--spread-seconds": return set(\.spreadSeconds, Double(value))
    case "--replay-seconds": return set(\.replaySeconds, Double(value))
    case "--seed": return set(\.seed, UInt64(value))
    default: return false
    }
  }
}

/// Why the generator cannot go on.
struct LoadError: Error {
  let message: String
}
