internal import Synchronization

/// A unit of work, such as a request, a query or a step, with its times, attributes and events.
///
/// Made by ``withSpan(_:kind:attributes:links:parent:tracer:_:)`` or ``Tracer/startSpan(_:kind:attributes:links:parent:startTime:)``.
/// May be used from any thread. What comes after its end is passed over; nothing of it throws or waits.
public class Span: @unchecked Sendable {
  // Not final only because of LLMSpan, which is; every property here and there is constant and Sendable.

  /// The core the span is recorded into.
  final let core: CoreHandle
  /// Whether spans under this one are recorded where it is, as in tests, whatever the program's own core is.
  final let isBound: Bool
  /// The trace that the span belongs to.
  public final let traceID: TraceID
  /// The span within its trace.
  public final let spanID: SpanID
  /// The span that this one is under; nil for the first of a trace.
  public final let parentSpanID: SpanID?
  /// Whether the span is recorded: so the sampler decided when it started.
  public final let isSampled: Bool
  /// When the span started.
  public final let startTime: Timestamp
  final let traceState: String
  final let hasRemoteParent: Bool
  final let role: Role
  final let state: Mutex<State>

  /// What an object of this class stands for.
  enum Role: Sendable {
    /// A span of this process.
    case span
    /// A span of somebody else, to be the parent of ours.
    case foreign
    /// No span: the beginning of a part of the program that is recorded elsewhere, as tests are.
    case boundary
  }

  struct State: ~Copyable {
    var record: SpanRecord
    var name: String
  }

  init(
    place: Place, scope: UInt32, name: String, kind: SpanKind, attributes: Attributes, links: [SpanLink],
    startTime: Timestamp?, hasTokens: Bool
  ) {
    let (core, parent) = (place.core, place.parent)
    var record = SpanRecord(core: core, scope: scope, kind: kind, hasTokens: hasTokens)
    record.start(parent: parent, at: startTime)
    self.core = core
    isBound = place.isBound
    role = .span
    traceID = record.traceID
    spanID = record.spanID
    isSampled = record.isSampled
    self.startTime = Timestamp(nanosecondsSince1970: record.startTime)
    if let parent, parent.isValid {
      parentSpanID = parent.spanID
      traceState = parent.traceState
      hasRemoteParent = parent.isRemote
    } else {
      parentSpanID = nil
      traceState = ""
      hasRemoteParent = false
    }
    if isSampled {
      record.set(attributes)
      for link in links { record.addLink(link) }
    }
    state = Mutex(State(record: record, name: name))
  }

  /// Stands for a span of another process, or marks a boundary (`context` nil).
  init(core: CoreHandle, isBound: Bool, standingFor context: SpanContext?) {
    self.core = core
    self.isBound = isBound
    role = context == nil ? .boundary : .foreign
    traceID = context?.traceID ?? TraceID(high: 0, low: 0)
    spanID = context?.spanID ?? SpanID(0)
    isSampled = context?.isSampled ?? false
    startTime = Timestamp(nanosecondsSince1970: 0)
    parentSpanID = nil
    traceState = context?.traceState ?? ""
    hasRemoteParent = context?.isRemote ?? false
    state = Mutex(State(record: SpanRecord(core: core, scope: 0, kind: .internal, hasTokens: false), name: ""))
  }

  // MARK: Identity

  /// What is current in a task and its child tasks.
  @TaskLocal static var active: Span?

  /// The span that is current in this task; nil when there is none of this process.
  public static var current: Span? {
    guard let active, active.role == .span else { return nil }
    return active
  }

  /// The identity of the span: what to keep for links and to hand to other processes.
  public final var context: SpanContext {
    SpanContext(
      traceID: traceID, spanID: spanID, isSampled: isSampled, traceState: traceState,
      isRemote: role == .foreign && hasRemoteParent)
  }

  /// The name that was given last.
  public final var name: String { state.withLock { $0.name } }

  /// Whether what is set is recorded: the span is sampled and has not ended.
  public final var isRecording: Bool { isSampled && state.withLock { $0.record.isRecording } }

  /// When the span ended; nil before.
  public final var endTime: Timestamp? {
    state.withLock { state in
      let end = state.record.endTime
      return end == 0 ? nil : Timestamp(nanosecondsSince1970: end)
    }
  }

  // MARK: Content

  /// Sets a text; one that was set before under the key is replaced.
  ///
  /// Cut to 64 KiB unless the limits say otherwise.
  public final func setAttribute(_ key: String, _ value: String) { change { $0.set(key, value) } }

  /// Sets a whole number.
  public final func setAttribute(_ key: String, _ value: Int) { change { $0.set(key, Int64(value)) } }

  /// Sets a number with a fraction.
  public final func setAttribute(_ key: String, _ value: Double) { change { $0.set(key, value) } }

  /// Sets a truth value.
  public final func setAttribute(_ key: String, _ value: Bool) { change { $0.set(key, value) } }

  /// Sets a value of any type that can be recorded, such as an array.
  ///
  /// Beyond the limit of attributes (128) it is dropped and counted. An empty key is passed over.
  public final func setAttribute(_ key: String, _ value: some AttributeValueConvertible) {
    guard isSampled else { return }
    let value = value.attributeValue
    change { $0.set(key, value) }
  }

  /// Sets several attributes.
  public final func setAttributes(_ attributes: Attributes) { change { $0.set(attributes) } }

  /// Adds something that happened within the span.
  ///
  /// - Parameters:
  ///   - name: What happened.
  ///   - attributes: More of it.
  ///   - time: When; nil: now.
  public final func addEvent(_ name: String, attributes: Attributes = [:], at time: Timestamp? = nil) {
    change { $0.addEvent(name, attributes, at: time) }
  }

  /// Adds a reference to another span; one whose identity is not valid is passed over.
  public final func addLink(_ context: SpanContext, attributes: Attributes = [:]) {
    change { $0.addLink(SpanLink(context, attributes: attributes)) }
  }

  /// Says how the work ended.
  ///
  /// `ok` is final, `unset` never replaces anything.
  public final func setStatus(_ status: SpanStatus) { change { $0.setStatus(status) } }

  /// Gives the span another name, such as that of a route that was found later.
  public final func updateName(_ name: String) {
    state.withLock { state in
      if state.record.isLive { state.name = name }
    }
  }

  /// Ends the span and puts it into the queue; a second end does nothing.
  ///
  /// Never waits.
  ///
  /// - Parameter time: When the work ended; nil: now, by the monotonic clock since the start.
  public func end(at time: Timestamp? = nil) { _ = finish(at: time) { _ in } }

  /// Ends the span, after `measure` for the last attributes; false when it had ended before.
  final func finish(at time: Timestamp?, _ measure: (inout SpanRecord) -> Void) -> Bool {
    state.withLock { state in
      guard state.record.isLive else { return false }
      measure(&state.record)
      return state.record.end(name: state.name, traceState: traceState, at: time)
    }
  }

  @inline(__always)
  final func change(_ body: (inout SpanRecord) -> Void) {
    guard isSampled else { return }
    state.withLock { body(&$0.record) }
  }
}
