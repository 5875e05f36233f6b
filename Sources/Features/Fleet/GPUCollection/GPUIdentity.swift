package import WorkloadIdentity

/// Who made a GPU.
package enum GPUVendor: String, Sendable {
  case nvidia
  case amd
}

/// A board, or a socket, that computes: the first layer of the identity.
package struct PhysicalGPU: Sendable, Hashable {
  package var vendor: GPUVendor
  /// The driver's number of it; not the same after another start.
  package var index: Int
  /// What stays the same: `GPU-…` of NVIDIA, the unique id of AMD.
  ///
  /// Nil where the driver does not say.
  package var uuid: String?
  /// As the kernel writes it: `0000:83:00.0`.
  package var pciBusID: String?
  package var model: String?
  package var architecture: String?
  package var serial: String?
  package var firmwareVersion: String?
  package var driverVersion: String?
  package var cudaVersion: String?
  package var computeCapability: String?
  package var memoryBytes: UInt64?
  package var numaNode: Int?
  /// The N of `/dev/nvidiaN`, or of `/dev/dri/cardN`.
  package var minorNumber: Int?
  /// Whether it is divided into MIG devices or partitions; nil where it cannot be.
  package var isDivided: Bool?

  package init(vendor: GPUVendor, index: Int) {
    self.vendor = vendor
    self.index = index
  }
}

/// What work can be given to, a whole GPU or a part of it: the second layer of the identity.
package struct ComputeResource: Sendable, Hashable {
  /// `MIG-…`, or the GPU's for a whole one.
  package var uuid: String?
  /// For example `1g.18gb` of a MIG device or `CPX` of a partition; nil for a whole GPU.
  package var profile: String?
  /// Nil for a whole GPU.
  package var gpuInstance: UInt32?
  package var computeInstance: UInt32?
  package var multiprocessorCount: UInt32?
  /// Which division of the GPU it belongs to, counted from 1.
  ///
  /// Ids and UUIDs of MIG devices come back when a GPU is divided anew; this number does not.
  package var generation: Int

  package init(
    uuid: String? = nil, profile: String? = nil, gpuInstance: UInt32? = nil, computeInstance: UInt32? = nil,
    multiprocessorCount: UInt32? = nil, generation: Int
  ) {
    self.uuid = uuid
    self.profile = profile
    self.gpuInstance = gpuInstance
    self.computeInstance = computeInstance
    self.multiprocessorCount = multiprocessorCount
    self.generation = generation
  }

  /// Whether another value describes the same part, whatever its generation.
  func isSamePart(as other: ComputeResource) -> Bool {
    var twin = other
    twin.generation = generation
    return self == twin
  }
}

/// A process that uses a GPU: the third layer of the identity.
package struct GPUProcess: Sendable, Hashable {
  package var pid: UInt32
  package var name: String?
  package var workload = Workload()
  package var memoryBytes: UInt64?
  /// The part of the GPU that it runs on; nil for the whole.
  package var gpuInstance: UInt32?
  package var computeInstance: UInt32?
}
