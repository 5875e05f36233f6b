import Base
import NVML
import System

extension NVIDIAReader {
  private static let megahertz = 1e6
  private static let percent = 0.01

  /// Utilisation, memory, temperatures, power, energy, clocks: some tens of microseconds together.
  func fastReadings() -> [GPUReading] {
    let fields = fields([.memoryTemperature, .energy, .powerAverage, .powerInstant])
    var readings = utilisationReadings() + memoryReadings(of: device, .gpu, hasReserved: true)
    readings += [
      GPUReading(.temperature, measured { () throws(NVMLFailure) in try device.temperature() }),
      GPUReading(.memoryTemperature, measured(.memoryTemperature, fields)),
      GPUReading(.power, power(fields)),
      GPUReading(.powerInstant, measured(.powerInstant, fields, times: 0.001)),
      GPUReading(.energy, measured(.energy, fields, times: 0.001)),
      GPUReading(.graphicsClock, clock(.graphics)), GPUReading(.smClock, clock(.sm)),
      GPUReading(.memoryClock, clock(.memory)), GPUReading(.videoClock, clock(.video)),
      GPUReading(.performanceState, measured { () throws(NVMLFailure) in try device.performanceState() }),
    ]
    readings += clockEventReadings()
    // Compute instances of a GPU instance share its memory.
    var seen: Set<UInt32> = []
    for part in parts {
      guard let instance = part.resource.gpuInstance, seen.insert(instance).inserted else { continue }
      readings += memoryReadings(of: part.device, .instance(instance), hasReserved: false)
    }
    return readings
  }

  private func utilisationReadings() -> [GPUReading] {
    if isDivided == true {
      return [
        GPUReading(.utilisation, .unavailable(.inMIGMode)), GPUReading(.memoryUtilisation, .unavailable(.inMIGMode)),
      ]
    }
    do throws(NVMLFailure) {
      let rates = try device.utilisation()
      let now = WallClock.now
      return [
        GPUReading(.utilisation, .value(Double(rates.gpu) * Self.percent, from: .nvml, at: now)),
        GPUReading(.memoryUtilisation, .value(Double(rates.memory) * Self.percent, from: .nvml, at: now)),
      ]
    } catch {
      let reason = Self.reason(error)
      return [GPUReading(.utilisation, .unavailable(reason)), GPUReading(.memoryUtilisation, .unavailable(reason))]
    }
  }

  private func memoryReadings(of device: NVMLDevice, _ scope: GPUScope, hasReserved: Bool) -> [GPUReading] {
    let metrics: [GPUMetric] = [.memoryTotal, .memoryUsed, .memoryFree] + (hasReserved ? [.memoryReserved] : [])
    do throws(NVMLFailure) {
      let memory = try device.memory()
      let now = WallClock.now
      let values = [memory.total, memory.used, memory.free].map { Optional($0) } + [memory.reserved]
      return zip(metrics, values).map { metric, value in
        guard let value else { return GPUReading(metric, scope, .unavailable(.missingInDriver)) }
        return GPUReading(metric, scope, .value(Double(value), from: .nvml, at: now))
      }
    } catch {
      return metrics.map { GPUReading($0, scope, .unavailable(Self.reason(error))) }
    }
  }

  /// The mean of the last second, by the field that says so or else by the call.
  private func power(_ fields: Result<[NVMLField: NVMLFieldResult], NVMLFailure>) -> Measured<Double> {
    let average = measured(.powerAverage, fields, times: 0.001)
    if average.value != nil { return average }
    return measured(times: 0.001) { () throws(NVMLFailure) in try device.powerUsage() }
  }

  private func clock(_ clock: NVMLClock) -> Measured<Double> {
    measured(times: Self.megahertz) { () throws(NVMLFailure) in try device.clock(clock) }
  }

  /// Bits of `nvmlClocksEventReasons`, with the names that nvidia-smi gives them.
  private static let clockEvents: [(bit: UInt64, name: String)] = [
    (0x1, "gpu_idle"), (0x2, "applications_clocks_setting"), (0x4, "sw_power_cap"), (0x8, "hw_slowdown"),
    (0x10, "sync_boost"), (0x20, "sw_thermal_slowdown"), (0x40, "hw_thermal_slowdown"),
    (0x80, "hw_power_brake_slowdown"), (0x100, "display_clock_setting"),
  ]

  private func clockEventReadings() -> [GPUReading] {
    do throws(NVMLFailure) {
      let bits = try device.clockEventReasons()
      let now = WallClock.now
      return [GPUReading(.clockEventReasons, .value(Double(bits), from: .nvml, at: now))]
        + Self.clockEvents.map { bit, name in
          GPUReading(
            .clockEventActive, detail: name, .value(bits & bit == 0 ? 0 : 1, from: .derived, at: now))
        }
    } catch {
      return [GPUReading(.clockEventReasons, .unavailable(Self.reason(error)))]
    }
  }
}

// MARK: Slow

extension NVIDIAReader {
  private static let kibibytes = 1024.0

  /// What takes milliseconds or changes seldom.
  func slowReadings() -> [GPUReading] {
    let fields = fields([
      .pcieReplays, .linkTransmitted, .linkReceived, .linkReplayErrors, .linkRecoveries, .linkCRCErrors,
      .recoveryAction,
    ])
    var readings = [
      GPUReading(
        .encoderUtilisation,
        measuredWhole(times: Self.percent) { () throws(NVMLFailure) in try device.encoderUtilisation() }),
      GPUReading(
        .decoderUtilisation,
        measuredWhole(times: Self.percent) { () throws(NVMLFailure) in try device.decoderUtilisation() }),
      GPUReading(.pcieGeneration, measured { () throws(NVMLFailure) in try device.pcieGeneration() }),
      GPUReading(.pcieWidth, measured { () throws(NVMLFailure) in try device.pcieWidth() }),
      GPUReading(.pcieReplays, measured(.pcieReplays, fields)),
      GPUReading(
        .powerLimit, measured(times: 0.001) { () throws(NVMLFailure) in try device.enforcedPowerLimit() }),
      GPUReading(.recoveryAction, measured(.recoveryAction, fields)),
      GPUReading(.linkTransmittedTotal, measured(.linkTransmitted, fields, times: Self.kibibytes, isOfLinks: true)),
      GPUReading(.linkReceivedTotal, measured(.linkReceived, fields, times: Self.kibibytes, isOfLinks: true)),
      GPUReading(.linkReplays, measured(.linkReplayErrors, fields, isOfLinks: true)),
      GPUReading(.linkRecoveries, measured(.linkRecoveries, fields, isOfLinks: true)),
      GPUReading(.linkCRCErrors, measured(.linkCRCErrors, fields, isOfLinks: true)),
    ]
    readings += eccReadings() + rowReadings() + fanReadings() + linkReadings()
    if performance.isSupported == false { readings += pcieReadings() }
    return readings
  }

  private func eccReadings() -> [GPUReading] {
    let counters: [(GPUMetric, NVMLMemoryError, Bool)] = [
      (.eccCorrected, .corrected, false), (.eccUncorrected, .uncorrected, false),
      (.eccCorrectedLifetime, .corrected, true), (.eccUncorrectedLifetime, .uncorrected, true),
    ]
    return counters.map { metric, kind, isLifetime in
      GPUReading(
        metric, measured { () throws(NVMLFailure) in try device.eccErrors(kind, isLifetime: isLifetime) })
    }
  }

  private func rowReadings() -> [GPUReading] {
    let metrics: [GPUMetric] = [
      .rowsRemappedCorrectable, .rowsRemappedUncorrectable, .rowRemapPending, .rowRemapFailure,
    ]
    do throws(NVMLFailure) {
      let rows = try device.remappedRows()
      let values = [rows.corrected, rows.uncorrected, rows.isPending ? 1 : 0, rows.hasFailed ? 1 : 0]
      return zip(metrics, values).map { GPUReading($0, .value(Double($1), from: .nvml, at: WallClock.now)) }
    } catch {
      return metrics.map { GPUReading($0, .unavailable(Self.reason(error))) }
    }
  }

  private func fanReadings() -> [GPUReading] {
    let count = (try? device.fanCount()) ?? 0
    guard count > 0 else { return [GPUReading(.fanSpeed, .unavailable(.notSupported))] }
    // No board has more than a few.
    return (0..<min(count, 16)).map { fan in
      GPUReading(
        .fanSpeed, detail: "\(fan)",
        measured(times: Self.percent) { () throws(NVMLFailure) in try device.fanSpeed(fan) })
    }
  }

  /// Of the links as ``links()`` has read them just before.
  private func linkReadings() -> [GPUReading] {
    if isDivided == true { return [GPUReading(.linkActive, .unavailable(.inMIGMode))] }
    guard let links = lastLinks else { return [GPUReading(.linkActive, .unavailable(.notSupported))] }
    return links.map { link in
      GPUReading(
        .linkActive, detail: "\(link.number)", .value(link.isActive ? 1 : 0, from: .nvml, at: WallClock.now))
    }
  }

  /// Waits 20 ms for each direction, so only where GPM does not have it.
  private func pcieReadings() -> [GPUReading] {
    do throws(NVMLFailure) {
      let (transmitted, received) = try device.pcieThroughput()
      let now = WallClock.now
      return [
        GPUReading(.pcieTransmitted, .value(Double(transmitted) * Self.kibibytes, from: .nvml, at: now)),
        GPUReading(.pcieReceived, .value(Double(received) * Self.kibibytes, from: .nvml, at: now)),
      ]
    } catch {
      let reason = Self.reason(error)
      return [GPUReading(.pcieTransmitted, .unavailable(reason)), GPUReading(.pcieReceived, .unavailable(reason))]
    }
  }

  // MARK: Fixed

  func fixedReadings() -> [GPUReading] {
    [
      GPUReading(.pcieGenerationMax, measured { () throws(NVMLFailure) in try device.pcieGenerationMax() }),
      GPUReading(.pcieWidthMax, measured { () throws(NVMLFailure) in try device.pcieWidthMax() }),
      GPUReading(
        .smClockMax, measured(times: Self.megahertz) { () throws(NVMLFailure) in try device.clockMax(.sm) }),
      GPUReading(.fabricState, measured { () throws(NVMLFailure) in try device.fabric().state }),
    ]
  }
}
