import Configuration
import YAML

// Who asks, and whom to trust.
extension ScrapeConfigurationReader {
  func authorization(_ members: inout YAMLMembers) -> ScrapeAuthorization? {
    let given = ["basic_auth", "authorization", "bearer_token", "bearer_token_file"].filter { members.contains($0) }
    if given.count > 1 {
      members.problem(at: given[1], "at most one of \(given.joined(separator: ", ")) may be set")
    }
    if let node = members.value("basic_auth") { return basic(node) }
    if let node = members.value("authorization") { return credentials(node) }
    if let token = members.text("bearer_token") { return .credentials(type: "Bearer", .inline(Secret(token))) }
    if let file = file(&members, "bearer_token_file") { return .credentials(type: "Bearer", .file(file)) }
    return nil
  }

  private func basic(_ node: YAMLNode) -> ScrapeAuthorization? {
    guard var members = YAMLMembers(node, "basic_auth", problems) else { return nil }
    let username = members.text("username") ?? ""
    if username.contains(":") { members.problem(at: "username", "the username of basic_auth may not hold a ':'") }
    let password = secret(&members, inline: "password", file: "password_file")
    members.finish(unsupported: UnsupportedMembers.basic)
    return .basic(username: username, password: password)
  }

  private func credentials(_ node: YAMLNode) -> ScrapeAuthorization? {
    guard var members = YAMLMembers(node, "authorization", problems) else { return nil }
    let type = members.text("type") ?? "Bearer"
    if type.lowercased() == "basic" { members.problem(at: "type", "for basic authentication use basic_auth") }
    if type.isEmpty || !type.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) {
      members.problem(at: "type", "the type of authorization takes visible characters of ASCII")
    }
    let secret = secret(&members, inline: "credentials", file: "credentials_file")
    if secret == nil { members.problem("authorization needs credentials or credentials_file") }
    members.finish(unsupported: UnsupportedMembers.authorization)
    return secret.map { .credentials(type: type, $0) }
  }

  private func secret(_ members: inout YAMLMembers, inline: String, file: String) -> SecretSource? {
    let text = members.text(inline)
    let path = self.file(&members, file)
    if text != nil, path != nil {
      members.problem(at: file, "at most one of \(inline) and \(file) of \(members.place) may be set")
    }
    if let text { return .inline(Secret(text)) }
    return path.map { .file($0) }
  }

  func security(_ members: inout YAMLMembers) -> ScrapeSecurity {
    var security = ScrapeSecurity()
    guard let node = members.value("tls_config"), var members = YAMLMembers(node, "tls_config", problems) else {
      return security
    }
    security.authoritiesFile = file(&members, "ca_file")
    security.certificateFile = file(&members, "cert_file")
    security.keyFile = file(&members, "key_file")
    security.serverName = members.text("server_name").flatMap { $0.isEmpty ? nil : $0 }
    security.verifiesPeer = !(members.bool("insecure_skip_verify") ?? false)
    if (security.certificateFile == nil) != (security.keyFile == nil) {
      members.problem("cert_file and key_file of tls_config are set both or not at all")
    }
    members.finish(unsupported: UnsupportedMembers.security)
    return security
  }
}
