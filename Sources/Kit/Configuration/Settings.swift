package import Base

/// The settings that are not those of a feature.
///
/// Features declare theirs in a module of their own.
package enum Settings {
  package static let dataDirectory = Setting<String>(
    "data_dir", expected: "a directory", default: "~/.local/share/axonize",
    meaning: "Where the server keeps everything it stores.",
    notes: "Made when missing. One server per directory. `~` is the home directory.", parse: Parsers.text)
  package static let http = Setting<ListenAddress>(
    "http", expected: Parsers.addressForm, default: "127.0.0.1:8080",
    meaning: "The address of the REST API; it accepts OTLP over HTTP as well.",
    notes: "`off` closes it. Port 0 picks any free port. Other machines are let in only with `require_keys` or "
      + "`allow_public`.", parse: Parsers.address)
  package static let otlpGRPC = Setting<ListenAddress>(
    "otlp_grpc", expected: Parsers.addressForm, default: "127.0.0.1:4317",
    meaning: "The address for OTLP over gRPC.", notes: "OTLP over HTTP works here too.", parse: Parsers.address)
  package static let otlpHTTP = Setting<ListenAddress>(
    "otlp_http", expected: Parsers.addressForm, default: "127.0.0.1:4318",
    meaning: "The address for OTLP over HTTP, at `/v1/traces`, `/v1/metrics` and `/v1/logs`.",
    parse: Parsers.address)
  package static let requireKeys = Setting<Bool>(
    "require_keys", expected: Parsers.boolForm, default: "false",
    meaning: "Whether every request needs an API key.",
    notes: "`axonize keys create` makes one. Without it, requests from this machine need none.", parse: Parsers.bool)
  package static let allowPublic = Setting<Bool>(
    "allow_public", expected: Parsers.boolForm, default: "false",
    meaning: "Whether other machines may use the server without a key.",
    notes: "Only for a network in which everybody may read and write everything.", parse: Parsers.bool)

  package static let allowedHosts = Setting<[String]>(
    "allowed_hosts", expected: "names separated by commas, or *", default: "",
    meaning: "Further names of this machine under which requests without a key are taken.",
    notes: "Any web site can make its own name lead to this machine, so without `require_keys` only requests to "
      + "`localhost` and loopback addresses are taken; with `allow_public` also those to any address, to names without a "
      + "dot, and to the machine's own name. Others get 421. `*` takes every name.",
    parse: Parsers.hostNames)
  package static let metricsPublic = Setting<Bool>(
    "metrics_public", expected: Parsers.boolForm, default: "false",
    meaning: "Whether `/metrics` and pages beside it are shown without a key when keys are required.",
    notes: "They reveal the version, how much is stored and how busy the machine is; otherwise they need a query key.",
    parse: Parsers.bool)
  package static let takeOver = Setting<Bool>(
    "take_over", expected: Parsers.boolForm, default: "false",
    meaning: "Whether to listen on ports on which another server of the same user listens.",
    notes:
      "Both get a part of the requests until the other one stops, so this is for replacing a server without a gap, "
      + "e.g. by one with another data directory. Otherwise a port in use is refused.", parse: Parsers.bool)

  package static let tlsCertificate = Setting<String>(
    "tls.certificate", expected: "a PEM file", default: "",
    meaning: "The certificate chain for TLS on every address; without it, connections are not encrypted.",
    notes: "Needs `tls.key`.", parse: Parsers.optionalText)
  package static let tlsKey = Setting<String>(
    "tls.key", expected: "a PEM file", default: "", meaning: "The private key of the certificate.",
    notes: "Should be readable by the server's user only.", parse: Parsers.optionalText)

  package static let eventLoops = Setting<Int>(
    "event_loops", expected: "a number from 0 to 256", default: "0",
    meaning: "How many threads serve connections.", notes: "0 is one for each core.", parse: Parsers.integer(0...256))
  package static let connectionsMax = Setting<Int>(
    "limits.connections", expected: "a number from 16 to 1000000", default: "10000",
    meaning: "How many connections may be open at once, over all addresses.",
    notes: "Further ones get 503 and are closed. The server raises its limit of open files (`ulimit -n`) as far as it "
      + "may; \(storeFileCount) of them are kept for the store, and fewer connections are taken when the rest is not "
      + "enough.",
    parse: Parsers.integer(16...1_000_000))
  /// Files that are kept for the engine and the registry when open files are counted: parts that are read and merged.
  package static let storeFileCount = 512
  package static let connectionsPerAddressMax = Setting<Int>(
    "limits.connections_per_address", expected: "a number from 0 to 1000000", default: "0",
    meaning: "How many of them one client address may have; of IPv6, one /64.",
    notes:
      "0 is half of `limits.connections`, so that one machine cannot keep all others out. Raise it when all clients "
      + "come through one proxy.", parse: Parsers.integer(0...1_000_000))
  package static let bodyBytesMax = Setting<Int>(
    "limits.body", expected: Parsers.sizeForm, default: "64MiB",
    meaning: "The largest body of a request, after decompression.",
    notes: "A larger one is refused with 413, or RESOURCE_EXHAUSTED over gRPC.",
    parse: Parsers.size((1 << 10)...(128 << 20)))
  package static let headerTimeout = Setting<Duration>(
    "limits.header_timeout", expected: Parsers.durationForm, default: "10s",
    meaning: "How long a client may take to send the headers of a request.",
    parse: Parsers.duration(.milliseconds(100)...(.seconds(3600))))
  package static let bodyTimeout = Setting<Duration>(
    "limits.body_timeout", expected: Parsers.durationForm, default: "30s",
    meaning: "How long a client may send nothing in the middle of a body.",
    parse: Parsers.duration(.milliseconds(100)...(.seconds(3600))))
  package static let requestTimeout = Setting<Duration>(
    "limits.request_timeout", expected: Parsers.durationForm, default: "60s",
    meaning: "How long a request may take from its head to its response.",
    notes: "408 when its body has not come by then, 503 when it has. Live tails are free of it.",
    parse: Parsers.duration(.milliseconds(100)...(.seconds(86400))))
  package static let idleTimeout = Setting<Duration>(
    "limits.idle_timeout", expected: Parsers.durationForm, default: "5m",
    meaning: "How long a connection may be idle before it is closed.",
    parse: Parsers.duration(.seconds(1)...(.seconds(86400))))
  package static let drainTimeout = Setting<Duration>(
    "limits.drain_timeout", expected: Parsers.durationForm, default: "20s",
    meaning: "How long a stopping server waits for requests in flight.",
    parse: Parsers.duration(.zero...(.seconds(3600))))

  package static let freeDiskMin = Setting<Int>(
    "disk.free_min", expected: Parsers.sizeForm, default: "1GiB",
    meaning: "How much of the disk must stay free; below it nothing is stored.",
    notes: "Ingest responds with 503 and Retry-After. Queries still work.", parse: Parsers.size(0...(1 << 50)))

  package static let engineLibrary = Setting<String>(
    "engine.library", expected: "a file", default: "",
    meaning: "The library of the analytics engine, `libchdb.so` or `_chdb.abi3.so`.",
    notes:
      "Without it the library is looked for beside the program, in `../lib/axonize`, and below `/usr/local/lib` and "
      + "`/usr/lib`; `axonize doctor` says which one is used. It is loaded only if no other user could have put it "
      + "there. An `axonize.yaml` that is merely found in the working directory cannot set it.",
    danger: "names code to run", parse: Parsers.optionalText)
  package static let engineMemoryMax = Setting<Int>(
    "engine.memory", expected: Parsers.sizeForm, default: "2GiB",
    meaning: "How much memory all queries of the analytics engine may take together.",
    notes: "Beyond it a query is refused. Storing and merging come on top, a few hundred MiB.",
    parse: Parsers.size((64 << 20)...(1 << 44)))
  package static let engineThreads = Setting<Int>(
    "engine.threads", expected: "a number from 0 to 256", default: "0",
    meaning: "How many threads one query of the analytics engine may use.", notes: "0 is one for each core.",
    parse: Parsers.integer(0...256))
  package static let queryTimeout = Setting<Duration>(
    "query.timeout", expected: Parsers.durationForm, default: "20s",
    meaning: "How long one request to the query APIs may take, all its statements and the wait for a thread together.",
    notes: "A person waits no longer, and the time limit of most clients is 30s.",
    parse: Parsers.duration(.milliseconds(100)...(.seconds(3600))))
  package static let queryMemoryMax = Setting<Int>(
    "query.memory", expected: Parsers.sizeForm, default: "512MiB",
    meaning: "How much memory one query may take.",
    notes: "The default leaves ingest its part of a small machine. At most `engine.memory`.",
    parse: Parsers.size((16 << 20)...(1 << 44)))
  package static let queriesMax = Setting<Int>(
    "query.concurrency", expected: "a number from 1 to 256", default: "4",
    meaning: "How many queries run at once.",
    notes:
      "64 times as many may wait. One client gets at most half of the threads and of the queue, and one tenant all "
      + "threads but one.",
    parse: Parsers.integer(1...256))

  package static let logLevel = Setting<LogLevel>(
    "log.level", expected: "one of debug, info, warning, error", default: "info",
    meaning: "The lowest level that is logged.", parse: { LogLevel(rawValue: $0) })
  package static let logStyle = Setting<LogStyle>(
    "log.format", expected: "one of auto, human, json", default: "auto",
    meaning: "How log records are written to standard error.",
    notes: "`auto` is `human` on a terminal and `json` elsewhere.", parse: { LogStyle(rawValue: $0) })

}

extension Settings {
  static let server = SettingGroup(
    title: "Server",
    [
      dataDirectory.declaration, http.declaration, otlpGRPC.declaration, otlpHTTP.declaration, requireKeys.declaration,
      allowPublic.declaration, allowedHosts.declaration, metricsPublic.declaration, takeOver.declaration,
      eventLoops.declaration,
    ])
  static let tls = SettingGroup("tls", title: "Encryption", [tlsCertificate.declaration, tlsKey.declaration])
  static let limits = SettingGroup(
    "limits", title: "Limits of connections and requests",
    [
      connectionsMax.declaration, connectionsPerAddressMax.declaration, bodyBytesMax.declaration,
      headerTimeout.declaration, bodyTimeout.declaration, requestTimeout.declaration, idleTimeout.declaration,
      drainTimeout.declaration,
    ])
  static let disk = SettingGroup("disk", title: "Disk", [freeDiskMin.declaration])
  static let engine = SettingGroup(
    "engine", title: "Analytics engine",
    [engineLibrary.declaration, engineMemoryMax.declaration, engineThreads.declaration])
  static let query = SettingGroup(
    "query", title: "Queries", [queryTimeout.declaration, queryMemoryMax.declaration, queriesMax.declaration])
  static let log = SettingGroup("log", title: "Log", [logLevel.declaration, logStyle.declaration])
}

/// How log records are written; `auto` depends on where standard error goes.
package enum LogStyle: String, Sendable {
  case auto, human, json
}
