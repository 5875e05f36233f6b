import Base
import MetricsTables
import OTLP
import Protobuf
import Telemetry

/// Appends the exemplars of data points to the series that their values belong to.
@safe
final class OTLPExemplars {
  /// An exemplar as it stands in the request.
  @safe
  private struct Entry {
    var value = 0.0
    /// Nanoseconds since 1970; 0 for none.
    var time: UInt64 = 0
    var traceID = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    var spanID = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    var attributes: [ProtobufReader] = []

    init(_ message: ProtobufReader) throws(ProtobufError) {
      var reader = message
      while case let tag = try reader.nextTag(), tag != 0 {
        switch tag {
        case ProtobufTag.fixed64(ExemplarField.time): time = try reader.readFixed64()
        case ProtobufTag.fixed64(ExemplarField.double): value = try reader.readDouble()
        case ProtobufTag.fixed64(ExemplarField.int): value = Double(Int64(bitPattern: try reader.readFixed64()))
        case ProtobufTag.bytes(ExemplarField.traceID): unsafe traceID = try reader.readBytes()
        case ProtobufTag.bytes(ExemplarField.spanID): unsafe spanID = try reader.readBytes()
        case ProtobufTag.bytes(ExemplarField.filteredAttributes): attributes.append(try reader.readMessage())
        default: try reader.skip(tag)
        }
      }
    }

    /// Ascending, NaN last.
    func precedes(_ other: Entry) -> Bool { value < other.value || (other.value.isNaN && !value.isNaN) }
  }

  private let appender: SampleAppender
  /// Whose text the attributes become.
  private let labels: OTLPLabels
  /// Those of the point, by value.
  private var entries: [Entry] = []
  private var next = 0

  init(appender: SampleAppender, _ translation: OTLPTranslation) {
    labels = OTLPLabels(translation)
    self.appender = appender
  }

  /// Begins a request.
  func begin() {
    labels.begin()
    entries.removeAll(keepingCapacity: true)
    next = 0
  }

  /// Whether some of the point are not appended yet.
  var hasNext: Bool { next < entries.count }

  /// Takes the exemplars of a point, in place of those of the one before.
  func beginPoint(_ point: OTLPPoint) throws(ProtobufError) {
    guard hasNext || !entries.isEmpty || !point.exemplars.isEmpty else { return }
    entries.removeAll(keepingCapacity: true)
    next = 0
    // A stale marker is no value that was measured.
    guard appender.takesExemplars, !point.isStale else { return }
    appender.beginPoint()
    appender.refuseExemplars(point.excessExemplarCount)
    for message in point.exemplars { entries.append(try Entry(message)) }
    entries.sort { $0.precedes($1) }
  }

  /// Appends those that are at most a bound and not appended yet to the series that was begun last.
  ///
  /// - Parameter pointTime: of those that have none, in milliseconds since 1970.
  func append(atMost bound: Double, pointTime: Int64, to batch: SignalBatch<SampleBlock>) throws(ProtobufError) {
    while next < entries.count, entries[next].value <= bound || bound == .infinity {
      let entry = entries[next]
      next += 1
      try read(entry)
      let time = entry.time == 0 ? pointTime : Int64(entry.time / 1_000_000)
      appender.appendExemplar(entry.value, at: time, to: batch)
    }
  }

  /// Makes ids and labels of an exemplar.
  private func read(_ entry: Entry) throws(ProtobufError) {
    let exemplar = appender.exemplar
    exemplar.removeAll()
    if unsafe entry.traceID.count == 16 {
      // SAFETY: both parts lie in the 16 bytes.
      let id = unsafe TraceID(high: Self.number(entry.traceID[..<8]), low: Self.number(entry.traceID[8...]))
      if id.isValid { exemplar.setTrace(id) }
    }
    if unsafe entry.spanID.count == 8 {
      let id = unsafe SpanID(Self.number(entry.spanID[...]))
      if id.isValid { exemplar.setSpan(id) }
    }
    // Attributes that cannot be labels are left out, as those are that take too many characters.
    guard !entry.attributes.isEmpty, try labels.beginPoint(entry.attributes) == nil else { return }
    labels.append(to: exemplar)
  }

  private static func number(_ bytes: Slice<UnsafeRawBufferPointer>) -> UInt64 {
    unsafe bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }
}
