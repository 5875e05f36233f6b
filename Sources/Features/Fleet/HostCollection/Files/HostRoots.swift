/// Where the files of a machine are; elsewhere than usual where a container looks at its host.
package struct HostRoots: Sendable {
  /// Of proc(5).
  package var proc: String
  /// Of sysfs(5).
  package var sys: String
  /// Of the machine's own files; mounts are below it.
  package var root: String

  package init(proc: String = "/proc", sys: String = "/sys", root: String = "/") {
    self.proc = proc
    self.sys = sys
    self.root = root
  }
}
