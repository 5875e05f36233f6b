import Base
import JSON
import MetricNaming
import MetricsTables
import OTLP
import Protobuf
import Series
import Telemetry

/// Appends what an OTLP export request of metrics holds; it serves one lane.
@safe
final class OTLPSamples {
  /// Data points of one request.
  static let pointsMax = 1_000_000
  /// Bytes of the labels of all series of one request.
  ///
  /// Default 128 MiB, as of other signals. Attributes count again for each bucket of a histogram.
  static let labelBytesMax = 128 << 20
  /// Bytes of a unit or a description, which are cut.
  private static let metadataBytesMax = 4096
  /// The series that has the attributes of a resource as labels.
  private static let targetInfo = "target_info"

  private let naming: MetricNaming
  let appender: SampleAppender
  let labels: OTLPLabels
  let exemplars: OTLPExemplars
  var point = OTLPPoint()
  private var pointCount = 0
  /// The latest time of a point of the resource that was taken, in milliseconds since 1970.
  var latestTime: Int64?

  init(appender: SampleAppender, _ translation: OTLPTranslation) {
    self.appender = appender
    naming = translation.naming
    labels = OTLPLabels(translation)
    exemplars = OTLPExemplars(appender: appender, translation)
  }

  /// What the points of one metric share.
  struct Metric {
    let name: String
    let kind: OTLPMetricKind
    let isMonotonic: Bool
    let isDelta: Bool
  }

  /// Where samples go.
  struct Target {
    let batch: SignalBatch<SampleBlock>
    let deltas: DeltaChanges
  }

  func append(
    _ body: UnsafeRawBufferPointer, _ encoding: OTLPEncoding, to target: Target
  ) throws(SampleDecodeError) {
    pointCount = 0
    labels.begin()
    exemplars.begin()
    switch encoding {
    case .protobuf: try unsafe append(request: body, to: target)
    case .json:
      var writer = ProtobufWriter(reservingCapacity: body.count)
      do throws(JSONError) {
        // The transport has bounded the body already.
        try unsafe OTLPJSON.transcode(.metrics, json: body, bytesMax: .max, to: &writer)
      } catch {
        throw .malformed("the request is not a valid OTLP metrics message: \(error)")
      }
      let result: Result<Void, SampleDecodeError> = unsafe writer.bytes.withUnsafeBytes { bytes in
        Result { () throws(SampleDecodeError) in try unsafe append(request: bytes, to: target) }
      }
      try result.get()
    }
  }

  private func append(request: UnsafeRawBufferPointer, to target: Target) throws(SampleDecodeError) {
    var excess: SampleDecodeError?
    do throws(ProtobufError) {
      var reader = unsafe ProtobufReader(request)
      while excess == nil, case let tag = try reader.nextTag(), tag != 0 {
        guard tag == ProtobufTag.bytes(EnvelopeField.resourceGroups) else {
          try reader.skip(tag)
          continue
        }
        excess = try append(resourceGroup: reader.readMessage(), to: target)
      }
    } catch {
      throw .malformed("the request is not a valid OTLP metrics message: \(error)")
    }
    if let excess { throw excess }
  }

  // Each returns why the request is refused as a whole.

  private func append(
    resourceGroup: ProtobufReader, to target: Target
  ) throws(ProtobufError) -> SampleDecodeError? {
    var attributes: [ProtobufReader] = []
    // A resource may come in several parts, and after what it has measured.
    for resource in try resourceGroup.messages(EnvelopeField.resource) {
      attributes += try resource.messages(ResourceField.attributes)
    }
    try labels.beginResource(attributes)
    latestTime = nil
    for scopeGroup in try resourceGroup.messages(EnvelopeField.scopeGroups) {
      var name = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
      var version = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
      for scope in try scopeGroup.messages(EnvelopeField.scope) {
        var reader = scope
        while case let tag = try reader.nextTag(), tag != 0 {
          switch tag {
          case ProtobufTag.bytes(ScopeField.name): unsafe name = try reader.readBytes()
          case ProtobufTag.bytes(ScopeField.version): unsafe version = try reader.readBytes()
          default: try reader.skip(tag)
          }
        }
      }
      unsafe labels.beginScope(name: name, version: version)
      for metric in try scopeGroup.messages(EnvelopeField.records) {
        if let excess = try append(metric: metric, to: target) { return excess }
      }
    }
    appendTarget(to: target)
    return nil
  }

  /// Appends the series `target_info` of the resource, once for a request.
  private func appendTarget(to target: Target) {
    guard let latestTime, labels.describesTarget else { return }
    labels.setTarget(appender.labels, name: Self.targetInfo)
    appender.beginSeries()
    appender.append(1, at: latestTime, to: target.batch)
    appender.append(
      MetricMetadata(family: Self.targetInfo, kind: .gauge, help: "Attributes of the resource."), to: target.batch)
  }

  private func append(metric message: ProtobufReader, to target: Target) throws(ProtobufError) -> SampleDecodeError? {
    var reader = message
    var (name, description, unit) = ("", "", "")
    // Of several kinds of data in one message the last counts, as for every oneof.
    var data: (kind: OTLPMetricKind, message: ProtobufReader)?
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.bytes(MetricField.name): name = unsafe Self.text(try reader.readBytes())
      case ProtobufTag.bytes(MetricField.description): description = unsafe Self.text(try reader.readBytes())
      case ProtobufTag.bytes(MetricField.unit): unit = unsafe Self.text(try reader.readBytes())
      case ProtobufTag.bytes(MetricField.gauge): data = (.gauge, try reader.readMessage())
      case ProtobufTag.bytes(MetricField.sum): data = (.sum, try reader.readMessage())
      case ProtobufTag.bytes(MetricField.histogram): data = (.histogram, try reader.readMessage())
      case ProtobufTag.bytes(MetricField.exponentialHistogram):
        data = (.exponentialHistogram, try reader.readMessage())
      case ProtobufTag.bytes(MetricField.summary): data = (.summary, try reader.readMessage())
      default: try reader.skip(tag)
      }
    }
    guard let data else { return nil }
    let properties = try MetricProperties(data.message)
    let isMonotonic = data.kind == .sum && properties.isMonotonic
    let series = naming.metricName(
      name, unit: unit, kind: isMonotonic ? .monotonicSum : data.kind == .gauge ? .gauge : .other)
    let fault = series == nil ? "a metric has no name" : properties.fault(data.kind).map { "metric \(name) \($0)" }
    let points = try data.message.messages(MetricDataField.points)
    pointCount += points.count
    guard pointCount <= Self.pointsMax else { return .tooLarge("it has more than \(Self.pointsMax) data points") }
    guard let series, fault == nil else {
      if !points.isEmpty { appender.reject(count: points.count, fault ?? "") }
      return nil
    }
    let metric = Metric(
      name: series, kind: data.kind, isMonotonic: isMonotonic,
      isDelta: properties.temporality == .delta && data.kind.hasTemporality)
    appender.append(
      MetricMetadata(family: series, kind: metric.metadataKind, unit: naming.unitName(unit), help: description),
      to: target.batch)
    for message in points {
      try append(point: message, of: metric, to: target)
      guard labels.byteCount <= Self.labelBytesMax else {
        return .tooLarge("the labels of its series take more than \(Self.labelBytesMax >> 20) MiB")
      }
    }
    return nil
  }

  private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
    unsafe String(decoding: UTF8Text.prefix(bytes, bytesMax: metadataBytesMax), as: UTF8.self)
  }
}

extension OTLPMetricKind {
  fileprivate var hasTemporality: Bool {
    switch self {
    case .sum, .histogram, .exponentialHistogram: true
    case .gauge, .summary: false
    }
  }
}

extension OTLPSamples.Metric {
  fileprivate var metadataKind: MetricMetadata.Kind {
    switch kind {
    case .gauge: .gauge
    case .sum: isMonotonic ? .counter : .gauge
    case .histogram, .exponentialHistogram: .histogram
    case .summary: .summary
    }
  }
}

/// What the data of a metric says besides its points.
private struct MetricProperties {
  /// The numbers of `AggregationTemporality`.
  enum Temporality: UInt64 {
    case delta = 1
    case cumulative = 2
  }

  private(set) var temporality: Temporality?
  private(set) var isMonotonic = false

  init(_ data: ProtobufReader) throws(ProtobufError) {
    var reader = data
    while case let tag = try reader.nextTag(), tag != 0 {
      switch tag {
      case ProtobufTag.varint(MetricDataField.temporality): temporality = Temporality(rawValue: try reader.readVarint())
      case ProtobufTag.varint(MetricDataField.isMonotonic): isMonotonic = try reader.readBool()
      default: try reader.skip(tag)
      }
    }
  }

  /// Why the metric cannot be taken, a clause whose subject is the metric.
  func fault(_ kind: OTLPMetricKind) -> String? {
    guard kind.hasTemporality else { return nil }
    guard let temporality else { return "has no aggregation temporality" }
    if kind == .sum, !isMonotonic, temporality == .delta {
      return "is a sum that may fall, which cannot be added up from deltas; export it with cumulative temporality"
    }
    return nil
  }
}

extension ProtobufReader {
  /// The messages of a field.
  fileprivate func messages(_ number: UInt32) throws(ProtobufError) -> [ProtobufReader] {
    var reader = self
    var result: [ProtobufReader] = []
    while case let tag = try reader.nextTag(), tag != 0 {
      if tag == ProtobufTag.bytes(number) { result.append(try reader.readMessage()) } else { try reader.skip(tag) }
    }
    return result
  }
}
