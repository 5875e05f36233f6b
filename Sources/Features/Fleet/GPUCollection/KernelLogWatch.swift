import Base
import Synchronization
import System

/// The thread that reads the kernel's log.
final class KernelLogWatch: Sendable {
  private struct Control {
    var isStopped = false
    var isRunning = false
  }

  private let path: String
  private let interval: Duration
  private let events: GPUEventLog
  private let control = Monitor(Control())
  private let reason = Mutex<String?>(nil)

  init(path: String, interval: Duration, _ events: GPUEventLog) {
    self.path = path
    self.interval = interval
    self.events = events
  }

  /// Why the log is not read.
  var failure: String? { reason.withLock { $0 } }

  func start() throws(SystemError) {
    control.withLock { $0.isRunning = true }
    do throws(SystemError) {
      let thread = try Thread(name: "gpu-kmsg") { [self] in
        run()
        control.withLock { $0.isRunning = false }
        control.notifyAll()
      }
      thread.detach()
    } catch {
      control.withLock { $0.isRunning = false }
      throw error
    }
  }

  func stop() {
    control.withLock { $0.isStopped = true }
    control.notifyAll()
  }

  func waitUntilEnded(by limit: Instant) -> Bool {
    control.wait { control, now, wakeAt in
      if !control.isRunning { return true }
      if now >= limit { return false }
      wakeAt = limit
      return nil
    }
  }

  private func run() {
    do throws(SystemError) {
      var log = try KernelLog(path: path)
      while pause() {
        for fault in try log.faults() {
          events.record(
            GPUEvent(
              kind: .xid(fault.code), source: .kernelLog, time: WallClock.now, pciBusID: fault.pciBusID,
              message: fault.message))
        }
      }
    } catch {
      reason.withLock {
        $0 = "faults in the kernel's log are not read: \(path): \(error). Run as root, or with CAP_SYSLOG."
      }
    }
  }

  /// False when the watch is stopped.
  private func pause() -> Bool {
    let end = Instant.now + interval
    return control.wait { control, now, wakeAt in
      if control.isStopped { return false }
      if now >= end { return true }
      wakeAt = end
      return nil
    }
  }
}
