import Base
import NVML
import System
import WorkloadIdentity

/// Reads one of NVIDIA's GPUs.
final class NVIDIAReader: GPUReader {
  let device: NVMLDevice
  private let index: Int
  private let all: [NVMLDevice]
  private var lookup: ProcessLookup
  private let sysPath: String
  /// Nil until the first enumeration.
  private(set) var isDivided: Bool?
  private(set) var parts: [(resource: ComputeResource, device: NVMLDevice)] = []
  private var generation = 0
  private(set) var performance = NVIDIAPerformance()
  /// As they were read last; their activity is a value too.
  private(set) var lastLinks: [GPULink]?
  /// What links lead to, which does not change.
  private var remotes: [Int: String] = [:]

  init(_ device: NVMLDevice, index: Int, all: [NVMLDevice], lookup: ProcessLookup, sysPath: String) {
    self.device = device
    self.index = index
    self.all = all.map { $0.used(by: device.session) }
    self.lookup = lookup
    self.sysPath = sysPath
  }

  func identity() -> PhysicalGPU {
    var gpu = PhysicalGPU(vendor: .nvidia, index: index)
    gpu.uuid = try? device.uuid()
    gpu.pciBusID = try? device.pciBusID()
    gpu.model = try? device.name()
    gpu.architecture = (try? device.architecture())?.description
    gpu.serial = try? device.serial()
    gpu.firmwareVersion = try? device.vbiosVersion()
    gpu.driverVersion = try? device.session.driverVersion()
    gpu.cudaVersion = try? device.session.cudaVersion()
    gpu.computeCapability = try? device.computeCapability()
    gpu.memoryBytes = (try? device.memory())?.total
    gpu.numaNode = (try? device.numaNode()) ?? gpu.pciBusID.flatMap { PCIFiles.numaNode(of: $0, sysPath: sysPath) }
    gpu.minorNumber = try? device.minorNumber()
    gpu.isDivided = (try? device.migMode())?.current
    return gpu
  }

  func peers() -> [GPUPeer] {
    all.enumerated().compactMap { other, peer in
      guard other != index, let distance = try? device.distance(to: peer) else { return nil }
      return GPUPeer(index: other, distance: distance.name, hasLink: (try? device.reachesByLink(peer)) ?? false)
    }
  }

  /// Not supported is a link that does not exist, not one that is down.
  func links() -> [GPULink]? {
    lastLinks = nil
    guard isDivided != true else { return nil }
    var links: [GPULink] = []
    for number in 0..<NVMLDevice.linkCountMax {
      guard let isActive = try? device.isLinkActive(number) else { break }
      links.append(GPULink(number: number, isActive: isActive, remote: isActive ? remote(of: number) : nil))
    }
    lastLinks = links.isEmpty ? nil : links
    return lastLinks
  }

  private func remote(of link: Int) -> String? {
    if let known = remotes[link] { return known }
    let remote = (try? device.linkRemote(link))?.name
    remotes[link] = remote
    return remote
  }

  func read(_ schedule: GPUSchedule) -> [GPUReading] {
    switch schedule {
    case .fast: fastReadings() + performance.readings(of: self)
    case .slow: slowReadings()
    case .fixed: fixedReadings()
    }
  }
}

// MARK: Parts

extension NVIDIAReader {
  func resources(isChanged: Bool) -> [ComputeResource] {
    let divided = (try? device.migMode())?.current ?? false
    let found = divided ? migParts() : [(ComputeResource(uuid: try? device.uuid(), generation: 0), device)]
    let isSame = found.count == parts.count && zip(found, parts).allSatisfy { $0.0.isSamePart(as: $1.resource) }
    if generation == 0 || isChanged || !isSame || divided != isDivided {
      generation += 1
      performance = NVIDIAPerformance()
    }
    isDivided = divided
    parts = found.map { resource, device in
      var resource = resource
      resource.generation = generation
      return (resource, device)
    }
    return parts.map(\.resource)
  }

  /// The MIG devices that can be read; one that goes while it is read is left out until the next enumeration.
  private func migParts() -> [(ComputeResource, NVMLDevice)] {
    let countMax = (try? device.migCountMax()) ?? 0
    let memoryTotal = (try? device.memory())?.total
    return (0..<countMax).compactMap { index in
      guard let part = try? device.migDevice(at: index), let gpuInstance = try? part.gpuInstanceID(),
        let computeInstance = try? part.computeInstanceID()
      else { return nil }
      let attributes = try? part.attributes()
      let resource = ComputeResource(
        uuid: try? part.uuid(), profile: Self.profile(try? part.name(), attributes, memoryTotal),
        gpuInstance: gpuInstance, computeInstance: computeInstance,
        multiprocessorCount: attributes?.multiprocessorCount, generation: 0)
      return (resource, part)
    }
  }

  /// The end of a MIG device's name, `NVIDIA H200 MIG 1g.18gb`, or else what its attributes come to.
  ///
  /// The name of a profile has the memory as a number of eighths of the GPU's.
  static func profile(_ name: String?, _ attributes: NVMLAttributes?, _ memoryTotal: UInt64?) -> String? {
    if let name, let place = name.firstRange(of: " MIG ") { return String(name[place.upperBound...]) }
    guard let attributes, let memoryTotal, memoryTotal > 0 else { return nil }
    let part = Double(attributes.memoryMebibytes) * 1_048_576 / Double(memoryTotal)
    let total = (Double(memoryTotal) / 1_073_741_824).rounded(.up)
    let gigabytes = Int(((part * 8).rounded(.up) / 8 * total).rounded())
    let slices = "\(attributes.gpuInstanceSliceCount)g.\(gigabytes)gb"
    return attributes.computeInstanceSliceCount == attributes.gpuInstanceSliceCount
      ? slices : "\(attributes.computeInstanceSliceCount)c.\(slices)"
  }
}

// MARK: Processes

extension NVIDIAReader {
  /// Processes of all parts; one that computes and draws is there once.
  func processes() -> Measured<[GPUProcess]> {
    do throws(NVMLFailure) {
      let found = try allProcesses()
      var seen: Set<NVMLProcess> = []
      let processes = found.filter { seen.insert($0).inserted }.map { process in
        let program = lookup.program(of: process.pid)
        return GPUProcess(
          pid: process.pid, name: program?.name, workload: program?.workload ?? Workload(),
          memoryBytes: process.usedMemory,
          gpuInstance: process.gpuInstance, computeInstance: process.computeInstance)
      }
      lookup.keep(Set(found.map(\.pid)))
      return .value(processes, from: .nvml, at: WallClock.now)
    } catch {
      return .unavailable(Self.reason(error))
    }
  }
}

extension NVIDIAReader {
  private func allProcesses() throws(NVMLFailure) -> [NVMLProcess] {
    // A GPU that computes only may have no list of those that draw.
    let drawing = (try? device.graphicsProcesses()) ?? []
    do throws(NVMLFailure) {
      return try device.computeProcesses() + drawing
    } catch {
      // The list of the whole GPU asks for more rights in MIG mode than those of its parts.
      guard error.code == .noPermission, isDivided == true, !parts.isEmpty else { throw error }
      var found = drawing
      for part in parts { found += try part.device.computeProcesses() }
      return found
    }
  }
}

// MARK: Values

extension NVIDIAReader {
  static func reason(_ failure: NVMLFailure, isDivided: Bool = false) -> GPUUnavailable {
    switch failure.code {
    case .notSupported: isDivided ? .inMIGMode : .notSupported
    case .missingSymbol, .versionMismatch: .missingInDriver
    case .notAvailable: .noValue
    case .noPermission: .noPermission
    case .gpuLost, .resetRequired: .lost
    default: .failed(failure.description)
    }
  }

  /// What a call gives, times a factor.
  func measured<Number: BinaryInteger>(
    times factor: Double = 1, _ read: () throws(NVMLFailure) -> Number
  ) -> Measured<Double> {
    do throws(NVMLFailure) {
      return .value(Double(try read()) * factor, from: .nvml, at: WallClock.now)
    } catch {
      return .unavailable(Self.reason(error))
    }
  }

  /// The same for calls that a GPU in MIG mode does not support.
  func measuredWhole(times factor: Double = 1, _ read: () throws(NVMLFailure) -> UInt32) -> Measured<Double> {
    if isDivided == true { return .unavailable(.inMIGMode) }
    return measured(times: factor, read)
  }

  func measured(
    _ field: NVMLField, _ fields: Result<[NVMLField: NVMLFieldResult], NVMLFailure>, times factor: Double = 1,
    isOfLinks: Bool = false
  ) -> Measured<Double> {
    switch fields {
    case .failure(let failure): return .unavailable(Self.reason(failure))
    case .success(let values):
      switch values[field] {
      case .success(let value): return .value(value * factor, from: .nvml, at: WallClock.now)
      case .failure(let failure): return .unavailable(Self.reason(failure, isDivided: isOfLinks && isDivided == true))
      case nil: return .unavailable(.noValue)
      }
    }
  }

  func fields(_ fields: [NVMLField]) -> Result<[NVMLField: NVMLFieldResult], NVMLFailure> {
    do throws(NVMLFailure) {
      return .success(try device.fields(fields))
    } catch {
      return .failure(error)
    }
  }
}
