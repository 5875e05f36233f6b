package import System

/// What a kind of driver can read.
///
/// Its calls may hang in the driver, each for ever: ``discover()`` runs on a thread of its own, and each GPU has one.
package protocol GPUBackend: Sendable {
  var vendor: GPUVendor { get }

  /// Finds the GPUs; asks none of them anything that could hang with it.
  ///
  /// - Throws: Why the driver cannot be used, for people to read.
  func discover() throws(GPUBackendFailure) -> [GPUAttachment]

  /// Forgets the driver; no reader of it is used any more. The next ``discover()`` begins anew.
  func release()

  /// How often each call was made, and how long that took.
  var callCosts: [GPUCallCost] { get }

  /// The call that ``discover()`` is in.
  var runningCall: GPURunningCall? { get }
}

/// The driver cannot be used.
package struct GPUBackendFailure: Error, Sendable, Equatable, CustomStringConvertible {
  package let description: String
  /// Whether the driver was there and has gone, so that readers of it are of no use any more.
  package let isDriverGone: Bool

  package init(_ description: String, isDriverGone: Bool = false) {
    self.description = description
    self.isDriverGone = isDriverGone
  }
}

/// A GPU that was found, and how its thread reads it.
package struct GPUAttachment: Sendable {
  /// The same for the same GPU as long as the driver is loaded.
  package let key: String
  package let index: Int
  /// The call that a thread of this GPU is in.
  package let runningCall: @Sendable () -> GPURunningCall?
  /// Makes what the GPU's thread reads with.
  package let open: @Sendable () -> any GPUReader
  /// Makes what a second thread waits for events with; nil where the driver has none.
  package let openEvents: (@Sendable () throws(GPUBackendFailure) -> any GPUEventReader)?
}

/// A call of the driver that has not returned.
package struct GPURunningCall: Sendable, Equatable {
  package let name: String
  package let since: Instant
}

/// What the calls of one name have cost.
package struct GPUCallCost: Sendable, Equatable {
  package let call: String
  package let count: Int
  package let seconds: Double
}

/// Reads one GPU; its thread alone uses it.
package protocol GPUReader {
  func identity() -> PhysicalGPU

  /// The parts of the GPU, or the whole as one.
  ///
  /// - Parameter isChanged: the driver has reported another division, even if it looks the same.
  func resources(isChanged: Bool) -> [ComputeResource]

  /// Values of a schedule, each with the part that it belongs to.
  func read(_ schedule: GPUSchedule) -> [GPUReading]

  func processes() -> Measured<[GPUProcess]>

  /// How near other GPUs are.
  func peers() -> [GPUPeer]

  /// The NVLinks of the GPU; nil where they cannot be read, or there are none.
  ///
  /// They are read before each ``read(_:)`` of slow values, which may have their activity among them.
  func links() -> [GPULink]?
}

/// Waits for events of one GPU; a thread of its own uses it.
package protocol GPUEventReader {
  /// The next event; nil when none comes in time.
  func next(within limit: Duration) throws(GPUBackendFailure) -> GPUEventKind?
}

/// What a reading belongs to.
package enum GPUScope: Sendable, Hashable {
  /// The board.
  case gpu
  /// A GPU instance, which its compute instances share.
  case instance(UInt32)
  /// A compute instance or a partition, by its place in the list of resources.
  case resource(Int)
}

/// A value of a metric.
package struct GPUReading: Sendable, Equatable {
  package let metric: GPUMetric
  package let scope: GPUScope
  /// The value of the label that the metric's facts name.
  package let detail: String?
  package let value: Measured<Double>

  /// A reading of the board.
  init(_ metric: GPUMetric, detail: String? = nil, _ value: Measured<Double>) {
    self.init(metric, .gpu, detail: detail, value)
  }

  init(_ metric: GPUMetric, _ scope: GPUScope, detail: String? = nil, _ value: Measured<Double>) {
    self.metric = metric
    self.scope = scope
    self.detail = detail
    self.value = value
  }
}

/// How near another GPU is.
package struct GPUPeer: Sendable, Hashable {
  package let index: Int
  /// By the names of `nvidia-smi topo`: PIX, PXB, PHB, NODE, SYS.
  package let distance: String
  package let hasLink: Bool
}

/// An NVLink of a GPU.
package struct GPULink: Sendable, Hashable {
  package let number: Int
  package let isActive: Bool
  /// What it leads to: `gpu`, `switch` or `processor`; nil where the driver does not say.
  package let remote: String?
}
