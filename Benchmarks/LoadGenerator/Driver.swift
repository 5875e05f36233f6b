import Glibc

/// Sends until the time or the count is up, then waits for what is in flight.
struct Driver {
  /// How long answers may take after the last send.
  private static let drainNanosecondsMax: UInt64 = 60_000_000_000
  /// A refused connection rests this long before it sends again.
  private static let refusalPauseNanoseconds: UInt64 = 100_000_000

  let options: Options
  private let connections: [any Connection]
  private var templates: [BatchTemplate] = []
  private var random: RandomNumbers
  private var compressor: Compressor?
  private var body: [UInt8] = []
  private var pausedUntil: [UInt64]
  private var startOfRequest: [UInt64: UInt64] = [:]
  private var report = Report()

  init(options: Options) throws(LoadError) {
    self.options = options
    random = RandomNumbers(seed: options.seed &* 0x2545_F491_4F6C_DD1D)
    for _ in 0..<options.batches {
      templates.append(BatchTemplate(spanCount: options.batchSpans, gpuKey: options.gpuKey, random: &random))
    }
    // Ids differ between runs with the same seed, or a second run would repeat the first.
    random = RandomNumbers(seed: options.seed ^ unixNanoseconds())
    if options.gzip { compressor = try Compressor() }
    var connections: [any Connection] = []
    for _ in 0..<options.connections {
      switch options.transport {
      case .grpc: connections.append(try GRPCConnection(options: options))
      case .http: connections.append(try HTTP1Connection(options: options))
      }
    }
    self.connections = connections
    pausedUntil = [UInt64](repeating: 0, count: connections.count)
  }

  mutating func run() throws(LoadError) -> Report {
    let began = monotonicNanoseconds()
    let end = options.seconds > 0 ? began + UInt64(options.seconds * 1e9) : .max
    let nanosecondsPerRequest = options.rate > 0 ? Double(options.batchSpans) / options.rate * 1e9 : 0
    var requests = 0
    var sendingEnded: UInt64?
    while true {
      let now = monotonicNanoseconds()
      let isOver = now >= end || (options.spans > 0 && requests * options.batchSpans >= options.spans)
      if isOver, sendingEnded == nil { sendingEnded = now }
      var due = UInt64.max
      for index in connections.indices where !isOver && now >= pausedUntil[index] {
        while connections[index].isReadyForRequest {
          due = began + UInt64(nanosecondsPerRequest * Double(requests))
          if due > now || (options.spans > 0 && requests * options.batchSpans >= options.spans) { break }
          try send(request: requests, on: connections[index], now: now)
          requests += 1
        }
      }
      for connection in connections { try connection.flush() }
      if isOver, !connections.contains(where: { $0.inFlightCount > 0 }) { break }
      if let sendingEnded, now > sendingEnded + Self.drainNanosecondsMax {
        throw LoadError(message: "\(connections.reduce(0) { $0 + $1.inFlightCount }) requests got no answer in 60 s")
      }
      let wait = due > now && due < .max ? min(due - now, 10_000_000) : 10_000_000
      try awaitEvents(nanoseconds: wait)
    }
    report.sentSpans = requests * options.batchSpans
    report.seconds = Double(monotonicNanoseconds() - began) / 1e9
    report.bytesSent = connections.reduce(0) { $0 + $1.bytesSent }
    return report
  }

  private mutating func send(request: Int, on connection: any Connection, now: UInt64) throws(LoadError) {
    var time = unixNanoseconds()
    if options.replaySeconds > 0 {
      let left = 1 - Double(request * options.batchSpans) / Double(options.spans)
      time -= UInt64(options.replaySeconds * 1e9 * max(0, left))
    }
    templates[request % templates.count].write(
      to: &body, now: time, spreadNanoseconds: UInt64(options.spreadSeconds * 1e9), random: &random)
    let token = UInt64(request)
    startOfRequest[token] = now
    connection.enqueue(body: try compressor?.compress(body) ?? body, token: token)
  }

  /// Waits until a connection has something to read or room to write, and reads.
  private mutating func awaitEvents(nanoseconds: UInt64) throws(LoadError) {
    var descriptors = connections.map { connection in
      pollfd(
        fd: connection.socket.descriptor, events: Int16(POLLIN) | (connection.hasOutput ? Int16(POLLOUT) : 0),
        revents: 0)
    }
    // Rounded up: poll(2) counts milliseconds, and a wait of 0 would spin.
    let milliseconds = Int32((nanoseconds + 999_999) / 1_000_000)
    // SAFETY: the array lives for the call, and the count is its own.
    let count = unsafe poll(&descriptors, nfds_t(descriptors.count), milliseconds)
    guard count > 0 else { return }
    for index in descriptors.indices where descriptors[index].revents & ~Int16(POLLOUT) != 0 {
      var outcomes: [(UInt64, Outcome)] = []
      try connections[index].read { outcomes.append(($0, $1)) }
      for (token, outcome) in outcomes { finish(token, outcome, connection: index) }
    }
  }

  private mutating func finish(_ token: UInt64, _ outcome: Outcome, connection: Int) {
    let now = monotonicNanoseconds()
    if let start = startOfRequest.removeValue(forKey: token) { report.latencies.record(nanoseconds: now - start) }
    switch outcome.kind {
    case .stored:
      report.acknowledgedSpans += options.batchSpans - Int(clamping: outcome.rejectedSpans)
      report.rejectedSpans += Int(clamping: outcome.rejectedSpans)
    case .refused:
      report.refusedSpans += options.batchSpans
      pausedUntil[connection] = now + Self.refusalPauseNanoseconds
    case .failed:
      report.failedSpans += options.batchSpans
      if report.firstFailure.isEmpty { report.firstFailure = outcome.detail }
    }
  }
}
