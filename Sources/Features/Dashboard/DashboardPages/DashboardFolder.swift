import System

/// Where the dashboard's files are looked for.
package enum DashboardFolder {
  /// In order: beside the program as `make install` puts them, in the checkout whose `.build` holds the program, and where
  /// packages put them.
  ///
  /// - Parameter executable: the program's path, links resolved.
  package static func candidates(executable: String) -> [String] {
    let parts = executable.split(separator: "/").dropLast()
    var folders = ["/" + (parts.dropLast() + ["lib", "axonize", "dashboard"]).joined(separator: "/")]
    if let build = parts.lastIndex(of: ".build") {
      folders.append("/" + (parts[..<build] + ["dashboard", "dist"]).joined(separator: "/"))
    }
    return folders + ["/usr/local/lib/axonize/dashboard", "/usr/lib/axonize/dashboard"]
  }

  /// The first candidate that exists; nil where none does.
  package static func find() -> String? {
    // Without /proc the program's path is not known, and only the folders of packages are left.
    let executable = (try? File.target(ofLink: "/proc/self/exe")) ?? "/"
    return candidates(executable: executable).first { File.exists("\($0)/index.html") }
  }
}
