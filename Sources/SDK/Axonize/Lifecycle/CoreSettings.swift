internal import CAxonizeCore

/// What a core is made of.
struct CoreSettings: Sendable {
  /// Where the core's own thread sends; nil when somebody drains the queue.
  struct Receiver: Sendable {
    var host: String
    var port: Int
    var exportProtocol: Axonize.ExportProtocol
    /// Over gRPC a method.
    var path: String
    /// "Name: value\r\n" for each.
    var headers: String
    var proxy: Proxy?
  }

  var resource: [UInt8] = []
  var limits = Axonize.SpanLimits()
  var sampler = Axonize.Sampler.parentBased(.alwaysOn)
  var slots = 32768
  var batchSpans = 8192
  var interval = Duration.seconds(1)
  var receiver: Receiver?
  var compression = Axonize.Compression.uncompressed
  var timeout = Duration.seconds(10)
  var retries = 6
  var backoffFirst = Duration.seconds(1)
  var backoffLast = Duration.seconds(30)

  /// Settings of the core that is there before the first start: spans have ids and are not recorded.
  static var ofNothing: CoreSettings {
    var settings = CoreSettings()
    settings.sampler = .alwaysOff
    settings.slots = 64
    settings.batchSpans = 64
    return settings
  }

  static let batchBytes: UInt32 = 4 << 20
  /// Memory of queued records that do not fit a slot.
  static let spillBytes: UInt32 = 16 << 20
  static let spanBytes: UInt32 = 4 << 20

  /// Makes a core; nil when memory is out.
  func makeCore() -> CoreHandle? {
    // SAFETY: the core copies the settings and all that they point to before it returns, and the arrays and texts live
    // until the closures end.
    unsafe resource.withUnsafeBufferPointer { bytes -> CoreHandle? in
      unsafe withTexts { host, path, headers, proxyHost, proxyHeaders in
        var settings = unsafe axz_settings()
        unsafe fill(&settings)
        unsafe settings.resource = bytes.baseAddress
        unsafe settings.resource_size = UInt32(bytes.count)
        unsafe settings.host = host
        unsafe settings.path = path
        unsafe settings.headers = headers
        if let proxy = receiver?.proxy {
          unsafe settings.proxy_host = proxyHost
          unsafe settings.proxy_port = UInt32(proxy.port)
          unsafe settings.proxy_headers = proxyHeaders
        }
        return unsafe Self.create(&settings)
      }
    }
  }

  private static func create(_ settings: inout axz_settings) -> CoreHandle? {
    // SAFETY: as in `makeCore`.
    unsafe "axonize".withCString { name in
      unsafe axonizeVersion.withCString { version in
        unsafe settings.scope_name = name
        unsafe settings.scope_version = version
        return unsafe axz_core_create(&settings).map { unsafe CoreHandle($0) }
      }
    }
  }

  private func withTexts(
    _ body: (
      UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafePointer<CChar>
    ) -> CoreHandle?
  ) -> CoreHandle? {
    // SAFETY: the pointers are used within the closures only.
    unsafe (receiver?.host ?? "").withCString { host in
      unsafe (receiver?.path ?? "/").withCString { path in
        unsafe (receiver?.headers ?? "").withCString { headers in
          unsafe (receiver?.proxy?.host ?? "").withCString { proxyHost in
            unsafe (receiver?.proxy?.headerLines ?? "").withCString { proxyHeaders in
              unsafe body(host, path, headers, proxyHost, proxyHeaders)
            }
          }
        }
      }
    }
  }

  private func fill(_ settings: inout axz_settings) {
    func count(_ value: Int?, _ otherwise: UInt32) -> UInt32 { value.map { UInt32(clamping: $0) } ?? otherwise }
    unsafe settings.limits = axz_limits(
      attributes: count(limits.attributes, 128), events: count(limits.events, 128), links: count(limits.links, 128),
      event_attributes: count(limits.eventAttributes, 128), link_attributes: count(limits.linkAttributes, 128),
      value_characters: count(limits.valueCharacters, .max), value_bytes: count(limits.valueBytes, 65536),
      span_bytes: count(limits.spanBytes, Self.spanBytes))
    let root: Axonize.Sampler.Root
    unsafe (root, settings.parent_based) = (sampler.root, sampler.followsParent ? 1 : 0)
    switch root {
    case .alwaysOn: unsafe settings.sampler = UInt32(AXZ_SAMPLER_ON)
    case .alwaysOff: unsafe settings.sampler = UInt32(AXZ_SAMPLER_OFF)
    case .traceIDRatio(let ratio):
      unsafe settings.sampler = UInt32(AXZ_SAMPLER_RATIO)
      unsafe settings.ratio = ratio
    }
    unsafe settings.slots = UInt32(clamping: slots)
    unsafe settings.spill_bytes = Self.spillBytes
    unsafe settings.batch_spans = UInt32(clamping: batchSpans)
    unsafe settings.batch_bytes = Self.batchBytes
    unsafe settings.interval = interval.nanoseconds
    switch receiver?.exportProtocol {
    case nil: unsafe settings.sends = UInt32(AXZ_SENDS_NOT)
    case .httpProtobuf: unsafe settings.sends = UInt32(AXZ_SENDS_HTTP)
    case .grpc: unsafe settings.sends = UInt32(AXZ_SENDS_GRPC)
    }
    unsafe settings.port = UInt32(receiver?.port ?? 0)
    unsafe settings.compression = compression.coreNumber
    unsafe settings.retries = UInt32(clamping: retries)
    unsafe settings.timeout = timeout.nanoseconds
    unsafe settings.backoff_first = backoffFirst.nanoseconds
    unsafe settings.backoff_last = backoffLast.nanoseconds
  }
}

extension Axonize.Compression {
  /// AXZ_COMPRESSION_*.
  var coreNumber: UInt32 {
    switch self {
    case .uncompressed: UInt32(AXZ_COMPRESSION_NONE)
    case .gzip: UInt32(AXZ_COMPRESSION_GZIP)
    case .zstd: UInt32(AXZ_COMPRESSION_ZSTD)
    }
  }
}
