import Base
import Configuration
import Glibc
import Identity
import RegistrySQLite
import System

/// What the machine gives: directory, disk, ports, limits, drivers.
enum MachineChecks {
  static func dataDirectory(_ configuration: Configuration) -> [Finding] {
    let directory = configuration.dataDirectory
    let existing = nearestExisting(directory)
    // The dot makes a file that is not a directory fail as well.
    guard unsafe access(existing + "/.", W_OK | X_OK) == 0 else {
      let reason = SystemError(call: "access", code: errno)
      return [
        Finding(
          .problem, "data directory", "\(existing) cannot be written: \(reason)",
          remedy: "Let this user write it, or set data_dir (--data-dir) to another directory.")
      ]
    }
    let isThere = File.exists(directory)
    var findings = [
      Finding(.fine, "data directory", isThere ? "\(directory) can be written" : "\(directory) will be made")
    ]
    findings.append(disk(existing, configuration))
    let registry = "\(directory)/\(SQLiteRegistry.fileName)"
    if File.exists(registry) { findings.append(Self.registry(registry)) }
    return findings + refusedRequests("\(directory)/journal/refused")
  }

  /// What was acknowledged and could not be stored; nothing when there is none.
  static func refusedRequests(_ folder: String) -> [Finding] {
    guard File.exists(folder) else { return [] }
    do throws(SystemError) {
      let names = try File.entries(ofDirectory: folder)
      let segmentCount = names.count { $0.hasSuffix(".damaged") }
      let requestCount = Set(names.filter { !$0.hasSuffix(".damaged") }.map { $0.prefix { $0 != "." } }).count
      var findings: [Finding] = []
      if requestCount > 0 {
        findings.append(
          Finding(
            .warning, "journal",
            "\(requestCount) refused request\(requestCount == 1 ? " is" : "s are") set aside in \(folder)",
            remedy:
              "Text files there say why. Send the requests again or remove them; see docs/operations.md, The journal."))
      }
      if segmentCount > 0 {
        findings.append(
          Finding(
            .warning, "journal",
            "\(segmentCount) damaged segment\(segmentCount == 1 ? "" : "s") of the journal kept in \(folder)",
            remedy: "The log says how many requests were lost. Remove the files once you have looked at them."))
      }
      return findings
    } catch {
      return [Finding(.warning, "journal", "\(folder) cannot be looked at: \(error)")]
    }
  }

  private static func registry(_ path: String) -> Finding {
    do {
      let registry = try SQLiteRegistry(path: path, now: WallClock.now)
      try registry.check()
      let keys = try registry.keys().filter { $0.isActive(at: WallClock.now) }
      return Finding(.fine, "registry", "\(keys.count) active API key\(keys.count == 1 ? "" : "s")")
    } catch {
      return Finding(.problem, "registry", error.message)
    }
  }

  private static func disk(_ path: String, _ configuration: Configuration) -> Finding {
    var status = statvfs()
    // SAFETY: a whole statvfs that lives through the call.
    guard unsafe statvfs(path, &status) == 0 else {
      return Finding(
        .warning, "disk", "the free space of \(path) is not known: \(SystemError(call: "statvfs", code: errno))")
    }
    let free = Int(clamping: UInt64(status.f_bavail) &* UInt64(status.f_frsize))
    let least = configuration[Settings.freeDiskMin]
    let text = "\(ByteCountText.format(free, like: least)) free"
    if free < least {
      return Finding(
        .problem, "disk", "\(text), less than disk.free_min, \(ByteCountText.format(least)): nothing would be stored",
        remedy: "Free some space, choose another data_dir, or lower disk.free_min.")
    }
    return Finding(free < least * 2 ? .warning : .fine, "disk", text)
  }

  /// The directory itself, or the nearest one above it that exists.
  private static func nearestExisting(_ directory: String) -> String {
    var path = directory
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    while !File.exists(path) {
      guard let slash = path.lastIndex(of: "/") else { return "." }
      path = slash == path.startIndex ? "/" : String(path[..<slash])
    }
    return path
  }

  /// Why an address cannot be listened on; nil when it can.
  static func failureToListen(_ address: ListenAddress) -> (isInUse: Bool, reason: String)? {
    guard case .on(let host, let port) = address else { return nil }
    do {
      for candidate in try SocketAddress.resolve(host: host, port: port) {
        _ = try Socket.listen(candidate, sharingPort: false)
      }
      return nil
    } catch let error as SystemError {
      return (error.code == EADDRINUSE, error.description)
    } catch {
      return (false, "\(error)")
    }
  }

  static func openFiles(_ configuration: Configuration) -> Finding {
    var limit = rlimit()
    // SAFETY: a whole rlimit that lives through the call.
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
      return Finding(.warning, "open files", "the limit is not known: \(SystemError(call: "getrlimit", code: errno))")
    }
    let needed = UInt64(configuration[Settings.connectionsMax] + Settings.storeFileCount)
    let most = UInt64(limit.rlim_max)
    guard most >= needed else {
      return Finding(
        .warning, "open files", "at most \(most), but limits.connections and the store ask for \(needed)",
        remedy: "Raise it ('ulimit -n', or LimitNOFILE= of systemd), or lower limits.connections.")
    }
    return Finding(.fine, "open files", "at most \(limit.rlim_max == UInt.max ? "any number" : String(most))")
  }

  static func memory(_ configuration: Configuration) -> Finding {
    let pages = sysconf(Int32(_SC_PHYS_PAGES))
    let pageSize = sysconf(Int32(_SC_PAGESIZE))
    let total = pages * pageSize
    let engine = configuration[Settings.engineMemoryMax]
    guard engine <= total / 10 * 8 else {
      return Finding(
        .warning, "memory",
        "\(ByteCountText.format(total)), of which engine.memory takes \(ByteCountText.format(engine))",
        remedy: "Set engine.memory to at most four fifths of the memory.")
    }
    return Finding(.fine, "memory", ByteCountText.format(total))
  }

  /// Whether the clock is kept by a time service.
  static func clock(_ read: () throws(SystemError) -> ClockStatus = ClockStatus.read) -> Finding {
    let status: ClockStatus
    do throws(SystemError) {
      status = try read()
    } catch {
      return Finding(.note, "clock", "whether it is synchronised is not known: \(error)")
    }
    guard status.isSynchronised else {
      return Finding(
        .warning, "clock",
        "not synchronised: spans of several machines do not line up, and rows may expire too early or too late",
        remedy: "Start a time service ('timedatectl set-ntp true', or install chrony), here and where spans come from.")
    }
    // Beyond it, a call seems to begin before its caller does.
    guard status.errorMax <= .milliseconds(100) else {
      return Finding(
        .warning, "clock", "synchronised, but it may be off by \(Int(status.errorMax / .milliseconds(1))) ms",
        remedy: "Look at the time service ('timedatectl timesync-status', 'chronyc tracking').")
    }
    return Finding(.fine, "clock", "synchronised")
  }

  /// Whether NVIDIA's management library is there; a server does without it.
  static func nvidia() -> Finding {
    guard let handle = unsafe dlopen("libnvidia-ml.so.1", RTLD_LAZY | RTLD_LOCAL) else {
      return Finding(.note, "NVIDIA driver", "not found: spans are stored without samples of this machine's GPUs")
    }
    unsafe dlclose(handle)
    return Finding(.fine, "NVIDIA driver", "libnvidia-ml.so.1 can be loaded")
  }
}
