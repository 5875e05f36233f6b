import Identity

/// How permissions are written in the registry: their names, sorted, with a comma between them.
enum PermissionText {
  static func write(_ permissions: Set<Permission>) -> String {
    permissions.map(\.rawValue).sorted().joined(separator: ",")
  }

  /// The permissions that this version knows; another name grants nothing.
  static func read(_ text: String) -> Set<Permission> {
    Set(text.split(separator: ",").compactMap { Permission(rawValue: String($0)) })
  }
}
