import Synchronization

/// A driver that was loaded again.
struct GPUDriverReload: Sendable, Equatable {
  /// Nil where it was not known.
  let versionBefore: String?

  /// - Parameter version: that of the driver now.
  func message(version: String?) -> String? {
    switch (versionBefore, version) {
    case (let before?, let version?) where before != version: "driver \(before) → \(version)"
    case (_?, let version?): "driver reloaded, still \(version)"
    case (nil, let version?): "driver reloaded, now \(version)"
    case (let before?, nil): "driver reloaded, was \(before)"
    case (nil, nil): nil
    }
  }
}

/// The GPUs of a driver that has gone, until it is there again.
///
/// Which version it has then is known to new workers of the GPUs only.
final class GPUDriverReloads: Sendable {
  /// By the place of the GPU, of which a machine has few.
  private let gone = Mutex<[String: GPUDriverReload]>([:])

  /// Notes a GPU whose driver has gone.
  func noteGone(_ gpu: PhysicalGPU) {
    guard let place = gpu.pciBusID else { return }
    gone.withLock { $0[place] = GPUDriverReload(versionBefore: gpu.driverVersion ?? $0[place]?.versionBefore) }
  }

  /// That the driver of a GPU was loaded again; nil where it was not, or that was said.
  ///
  /// A driver whose version was known is back once it is known again; that of AMD has none.
  func take(_ gpu: PhysicalGPU) -> GPUDriverReload? {
    guard let place = gpu.pciBusID else { return nil }
    return gone.withLock { gone in
      guard let reload = gone[place], reload.versionBefore == nil || gpu.driverVersion != nil else { return nil }
      gone[place] = nil
      return reload
    }
  }
}
