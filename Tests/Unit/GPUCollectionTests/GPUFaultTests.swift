import Base
import Glibc
import NVMLTestSupport
import System
import TestSupport
import Testing

@testable import GPUCollection

@Suite("Faults of GPUs") struct GPUFaultTests {
  @Test("A call that hangs takes one GPU away and no other") func wedged() throws {
    let collected = try CollectedStandIn("h200x8", wedgedAfter: .milliseconds(50))
    _ = try collected.gpu(1) { $0.reading(.temperature)?.value == 36 }
    try collected.standIn.play("h200x8\nload idle\nwedge nvmlDeviceGetTemperatureV 1")
    let wedged = try collected.gpu(1) { $0.wedged != nil }
    #expect(wedged.wedged?.name == "nvmlDeviceGetTemperatureV")
    #expect(wedged.reading(.temperature)?.reason == .wedged(call: "nvmlDeviceGetTemperatureV"))
    #expect(wedged.processes.reason == .wedged(call: "nvmlDeviceGetTemperatureV"))
    // The others go on: they show what they do since.
    for index in [0, 2, 7] {
      let other = try collected.gpu(index) { $0.reading(.temperature)?.value == 28 }
      #expect(other.wedged == nil)
    }
    #expect(!collected.collector.stop(within: .milliseconds(20)))
    try collected.standIn.play("h200x8")
    #expect(collected.collector.stop(within: .seconds(60)))
  }

  @Test("A call that returns late makes its GPU whole again") func recovered() throws {
    let collected = try CollectedStandIn("h200x8\nwedge nvmlDeviceGetUUID 2", wedgedAfter: .milliseconds(50))
    _ = try collected.gpu(2) { $0.wedged?.name == "nvmlDeviceGetUUID" }
    try collected.standIn.play("h200x8")
    let gpu = try collected.gpu(2) { $0.wedged == nil && $0.reading(.temperature)?.value == 36 }
    #expect(gpu.gpu.uuid == "GPU-00000002-0000-0000-0000-000000000002")
  }

  @Test("A hanging discovery is a reason of the driver, and the GPUs go on") func wedgedDiscovery() throws {
    let collected = try CollectedStandIn("h200x8", wedgedAfter: .milliseconds(50))
    _ = try collected.gpu(7) { $0.reading(.temperature)?.value == 36 }
    try collected.standIn.play("h200x8\nload idle\nwedge nvmlDeviceGetCount_v2 *")
    eventually {
      collected.collector.snapshot().backends[0].failure?.hasPrefix("nvmlDeviceGetCount_v2 has not returned") == true
    }
    #expect(try collected.gpu(7) { $0.reading(.temperature)?.value == 28 }.wedged == nil)
    try collected.standIn.play("h200x8")
  }

  @Test("A GPU off the bus has no values, and the fault is an event once") func lost() throws {
    let collected = try CollectedStandIn("h200x8")
    _ = try collected.gpu(3) { $0.reading(.temperature)?.value == 36 && $0.gpu.pciBusID != nil }
    try collected.standIn.play("h200x8\nlost 3")
    let lost = try collected.gpu(3) { $0.reading(.temperature)?.reason == .lost }
    #expect(lost.reading(.power)?.reason == .lost)
    eventually { collected.counts(.gpuUnavailable) == 1 }
    #expect(try collected.gpu(2) { $0.reading(.temperature)?.value == 36 }.gpu.index == 2)
  }

  @Test("XIDs are counted each time, with their GPU") func xids() throws {
    let collected = try CollectedStandIn("h200x8")
    _ = try collected.gpu(1) { $0.gpu.pciBusID != nil }
    try collected.standIn.play("h200x8\nevent 1 1 8 79\nevent 2 1 8 31\nevent 3 1 8 31")
    eventually { collected.counts(.xid(31)) == 2 }
    #expect(collected.counts(.xid(79)) == 1)
    let event = try #require(collected.collector.snapshot().recentEvents.first { $0.kind == .xid(79) })
    #expect(event.pciBusID == "0000:84:00.0")
    #expect(event.source == .driver)
  }

  @Test("An energy counter that goes back is a driver that was loaded again") func energyReset() throws {
    let collected = try CollectedStandIn("h100")
    _ = try collected.gpu { ($0.reading(.energy)?.value ?? 0) > 600_000 }
    try collected.standIn.play("h100\nreloaded 0")
    let gpu = try collected.gpu { ($0.reading(.energy)?.value ?? .infinity) < 600_000 }
    #expect(gpu.reading(.energy)?.value != nil)
    eventually { collected.counts(.driverReload) == 1 }
    let event = collected.collector.snapshot().recentEvents.first { $0.kind == .driverReload }
    #expect(event?.message?.hasPrefix("driver reloaded, still ") == true, "\(String(describing: event))")
  }

  @Test("A driver that is unloaded is a reason, and is used again when it is back") func unloaded() throws {
    let collected = try CollectedStandIn("h200x8")
    _ = try collected.gpu(7) { $0.reading(.temperature)?.value == 36 }
    try collected.standIn.play("unloaded")
    eventually { collected.collector.snapshot().backends[0].failure?.contains("the driver is not loaded") == true }
    eventually { collected.collector.snapshot().gpus.isEmpty }
    try collected.standIn.play("h200x8\nload idle")
    #expect(try collected.gpu(7) { $0.reading(.temperature)?.value == 28 }.gpu.index == 7)
    #expect(collected.collector.snapshot().backends[0].failure == nil)
  }

  @Test(
    "A driver that is loaded again says from which version to which",
    arguments: [
      ("580.65.06", "driver reloaded, still 580.65.06"), ("580.95.05", "driver 580.65.06 → 580.95.05"),
    ])
  func reloaded(version: String, message: String) throws {
    let collected = try CollectedStandIn("h200x8\ndriver 580.65.06")
    for index in 0..<8 { _ = try collected.gpu(index) { $0.gpu.driverVersion == "580.65.06" } }
    try collected.standIn.play("unloaded")
    eventually { collected.collector.snapshot().gpus.isEmpty }
    #expect(collected.counts(.driverReload) == 0)
    try collected.standIn.play("h200x8\ndriver \(version)")
    eventually { collected.counts(.driverReload) == 8 }
    let events = collected.collector.snapshot().recentEvents.filter { $0.kind == .driverReload }
    #expect(events.map(\.message) == Array(repeating: message, count: 8))
    #expect(Set(events.map(\.pciBusID)).count == 8)
  }

  @Test(
    "What is said of a reload",
    arguments: [
      ("1", "2", "driver 1 → 2"), ("1", "1", "driver reloaded, still 1"), (nil, "2", "driver reloaded, now 2"),
      ("1", nil, "driver reloaded, was 1"), (nil, nil, nil),
    ] as [(String?, String?, String?)])
  func reloadMessages(before: String?, version: String?, message: String?) {
    #expect(GPUDriverReload(versionBefore: before).message(version: version) == message)
  }

  @Test("A GPU that is enumerated no more is gone, and comes back") func gone() throws {
    let collected = try CollectedStandIn("h200x8")
    _ = try collected.gpu(7) { $0.reading(.temperature)?.value == 36 }
    try collected.standIn.play("h200x8\ngone 7")
    eventually { collected.collector.snapshot().gpus.count == 7 }
    #expect(collected.counts(.gpuUnavailable) == 1)
    try collected.standIn.play("h200x8")
    #expect(try collected.gpu(7) { $0.reading(.temperature)?.value == 36 }.gpu.index == 7)
  }

  @Test("A GPU that is divided anew has another generation, even with the same ids") func generations() throws {
    let collected = try CollectedStandIn("h200-mig")
    _ = try collected.gpu { $0.resources.count == 5 && $0.resources[0].generation == 1 }
    try collected.standIn.play("h200-mig-thirds")
    let second = try collected.gpu { $0.resources.count == 3 }
    #expect(second.resources.map(\.generation) == [2, 2, 2])
    // The same division again, which only the driver's event tells apart.
    try collected.standIn.play("h200-mig-thirds\nevent 1 0 0x100 0")
    _ = try collected.gpu { $0.resources.map(\.generation) == [3, 3, 3] }
    try collected.standIn.play("h200\nevent 1 0 0x100 0")
    let whole = try collected.gpu { $0.resources.count == 1 && $0.reading(.utilisation)?.value == 1 }
    #expect(whole.resources[0].profile == nil)
    #expect(whole.resources[0].generation == 4)
  }

  @Test("A GPU that is divided at random while it is read is read on", arguments: [UInt64(1), 2, 3])
  func randomDivisions(seed: UInt64) throws {
    var state = seed
    let layouts = ["h200", "h200-mig", "h200-mig-thirds", "h100-mig", "a100-mig", "h100"]
    let collected = try CollectedStandIn("h200-mig")
    var generation = 0
    for round in 1...40 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let layout = layouts[Int(state >> 33) % layouts.count]
      try collected.standIn.play("\(layout)\nevent \(round) 0 0x100 0")
      Thread.sleep(for: .milliseconds(Int64(state >> 60)))
      let seen = collected.collector.snapshot().gpus.first?.resources.first?.generation ?? generation
      #expect(seen >= generation)
      generation = seen
    }
    try collected.standIn.play("h100-mig\nevent 41 0 0x100 0")
    let last = try collected.gpu { $0.resources.map(\.profile) == ["3g.40gb", "2g.20gb", "1g.10gb", "1g.10gb"] }
    #expect(Set(last.resources.map(\.generation)).count == 1)
    #expect(
      try collected.gpu { $0.reading(.smActive, .instance(2))?.value == 0.9725 }.gpu.model == "NVIDIA H100 80GB HBM3")
  }

  @Test("A burst reads faster, and ends") func burst() throws {
    let standIn = try StandInLibrary("h100")
    var options = NVIDIACollectionTests.withoutLog
    options.fastInterval = .seconds(3600)
    options.burstInterval = .milliseconds(1)
    options.burstMax = .milliseconds(300)
    let collector = GPUCollector([NVIDIABackend(libraryPath: standIn.path)], options)
    try collector.start()
    func readCount() -> Int {
      collector.snapshot().backends[0].callCosts.first { $0.call == "nvmlDeviceGetUtilizationRates" }?.count ?? 0
    }
    eventually { readCount() == 1 }
    let burst = try collector.burst(for: .seconds(3600), reason: "test")
    #expect(burst.until.rawValue - burst.startedAt.rawValue == options.burstMax.wholeNanoseconds)
    eventually { readCount() > 5 }
    #expect(collector.snapshot().bursts.readSeconds > 0)
    #expect(collector.snapshot().bursts.demandedCount == 1)
    // The longest burst has ended when nothing is read for as long.
    var count = 0
    eventually {
      defer { count = readCount() }
      Thread.sleep(for: options.burstMax)
      return readCount() == count
    }
    #expect(collector.stop())
  }

  @Test("The kernel's log adds what the driver did not report, and nothing twice") func kernelLog() throws {
    let standIn = try StandInLibrary("h200x8")
    let log = standIn.folder + "/kmsg"
    try File.writeAtomically(log, Array("6,1,1,-;NVRM: Xid (PCI:0000:83:00): 31, old\n".utf8))
    defer { _ = unsafe unlink(log) }
    let collected = try CollectedStandIn("h200x8", kernelLog: log)
    _ = try collected.gpu(0) { $0.gpu.pciBusID == "0000:83:00.0" }
    try collected.standIn.play("h200x8\nevent 1 0 8 79")
    eventually { collected.counts(.xid(79)) == 1 }
    try append("4,2,2,-;NVRM: Xid (PCI:0000:83:00): 79, pid=1, GPU has fallen off the bus.\n", to: log)
    try append("4,3,3,-;NVRM: Xid (PCI:0000:83:00): 119, Timeout waiting for RPC\n", to: log)
    eventually { collected.counts(.xid(119)) == 1 }
    #expect(collected.counts(.xid(79)) == 1)
    #expect(collected.counts(.xid(31)) == 0)
    let event = try #require(collected.collector.snapshot().recentEvents.last)
    #expect(event.source == .kernelLog)
    #expect(event.message == "NVRM: Xid (PCI:0000:83:00): 119, Timeout waiting for RPC")
  }

  @Test("A log that cannot be read is a reason") func noKernelLog() throws {
    let collected = try CollectedStandIn("h100", kernelLog: "/nonexistent/kmsg")
    eventually { collected.collector.snapshot().kernelLogFailure?.contains("/nonexistent/kmsg: open") == true }
  }

  @Test(
    "Lines of the kernel's log",
    arguments: [
      ("NVRM: Xid (PCI:0000:83:00): 79, pid='<unknown>'", "0000:83:00.0", UInt64(79)),
      ("4,1,2,-;NVRM: Xid (PCI:0000:3B:00.1): 13 ", "0000:3b:00.1", 13),
    ])
  func lines(line: String, bus: String, code: UInt64) throws {
    let fault = try #require(KernelLogXID(line))
    #expect(fault.pciBusID == bus)
    #expect(fault.code == code)
  }

  @Test(
    "Other lines are none",
    arguments: ["", "NVRM: Xid (PCI:0000:83:00", "NVRM: Xid (PCI:0000:83:00): x", "usb 1-1: new"])
  func otherLines(line: String) {
    #expect(KernelLogXID(line) == nil)
  }
}

/// Adds a line to a file, as the kernel does to its log.
private func append(_ line: String, to path: String) throws {
  // SAFETY: the strings are C strings during the calls.
  guard let file = unsafe fopen(path, "a") else { throw SystemError(call: "fopen", code: errno) }
  unsafe fputs(line, file)
  unsafe fclose(file)
}

extension CollectedStandIn {
  func counts(_ kind: GPUEventKind) -> Int {
    collector.snapshot().eventCounts.filter { $0.kind == kind }.reduce(0) { $0 + $1.count }
  }
}
