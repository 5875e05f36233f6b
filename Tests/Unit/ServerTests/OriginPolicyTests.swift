import API
import Testing

@testable import Server

@Suite struct OriginPolicyTests {
  private let local = OriginPolicy(names: ["Traces.Example.org"], hostName: "gpu-box", isPublic: false)
  private let open = OriginPolicy(names: [], hostName: "gpu-box.lan", isPublic: true)

  @Test(arguments: [
    ("localhost", true, true), ("LocalHost:8080", true, true), ("localhost.", true, true),
    ("127.0.0.1:4318", true, true),
    ("127.9.8.7", true, true), ("[::1]:8080", true, true), ("traces.example.org:1", true, false), ("", true, true),
    ("gpu-box", false, true), ("gpu-box.lan", false, true), ("192.168.0.9:8080", false, true),
    ("[fd00::1]", false, true), ("evil.example", false, false), ("localhost.evil.example", false, false),
    ("127.0.0.1.evil.example", false, false), ("localhost@evil.example", false, false),
    ("evil.example@localhost", false, false), ("localhost:80:80", false, false), ("localhost:http", false, false),
    ("[::1", false, false), ("[::1]x", false, false), (".", false, false), ("gpu-box.evil.example", false, false),
  ])
  func `a server without keys takes requests to names of its machine`(
    authority: String, isLocal: Bool, isOpen: Bool
  ) {
    let source = OriginPolicy.Source(authority: authority)
    #expect(local.refusal(source) == (isLocal ? nil : .foreignHost))
    #expect(open.refusal(source) == (isOpen ? nil : .foreignHost))
    // A host field beside the authority must be ours, too.
    #expect(
      local.refusal(OriginPolicy.Source(authority: "localhost", host: authority)) == (isLocal ? nil : .foreignHost))
  }

  @Test(arguments: [
    ("http://localhost:3000", true), ("https://127.0.0.1", true), ("http://[::1]:8080", true),
    ("http://evil.example", false), ("null", false), ("", false), ("chrome-extension://localhost", false),
    ("localhost", false),
  ])
  func `an origin must be a page of this machine`(origin: String, isOurs: Bool) {
    let source = OriginPolicy.Source(authority: "localhost", origin: origin)
    #expect(local.refusal(source) == (isOurs ? nil : .crossSite))
  }

  @Test(arguments: [
    ("none", false, true), ("same-origin", false, true), ("same-site", false, false), ("cross-site", false, false),
    ("whatever", false, false), ("cross-site", true, true),
  ])
  func `a fetch of another site is refused, but for a page`(
    site: String, isPage: Bool, isTaken: Bool
  ) {
    let source = OriginPolicy.Source(authority: "localhost", fetchSite: site, isPage: isPage)
    #expect(local.refusal(source) == (isTaken ? nil : .crossSite))
  }

  @Test(arguments: [
    ("127.0.0.1", true), ("127.0.0.1, ::1", true), ("[::1]:5000,127.0.0.2:80", true), ("203.0.113.9", false),
    ("127.0.0.1, 203.0.113.9", false), ("unknown", false), ("", true), ("127.0.0.1.evil.example", false),
  ])
  func `a proxy may speak for this machine only`(addresses: String, isOurs: Bool) {
    let source = OriginPolicy.Source(authority: "localhost", forwardedFor: [addresses])
    #expect(local.refusal(source) == (isOurs ? nil : .forwarded))
    #expect(open.refusal(source) == nil)
  }

  @Test(arguments: [
    (["for=127.0.0.1;proto=http"], true), (["For=\"[::1]:80\", for=127.0.0.1"], true), (["for=203.0.113.9"], false),
    (["for=127.0.0.1", "for=203.0.113.9"], false), (["proto=http"], false), (["for=_hidden"], false),
  ])
  func `the standard field of proxies is read as well`(fields: [String], isOurs: Bool) {
    let source = OriginPolicy.Source(authority: "localhost", forwarded: fields)
    #expect(local.refusal(source) == (isOurs ? nil : .forwarded))
  }

  @Test func `a star takes every name, and still no foreign page's fetch`() {
    let policy = OriginPolicy(names: ["*"], hostName: nil, isPublic: false)
    #expect(policy.refusal(OriginPolicy.Source(authority: "any.example")) == nil)
    #expect(policy.refusal(OriginPolicy.Source(authority: "any.example", fetchSite: "cross-site")) == .crossSite)
  }

  @Test(arguments: OriginPolicy.Refusal.allCases)
  func `a refusal names a setting`(refusal: OriginPolicy.Refusal) {
    #expect(refusal.message.contains("require_keys"))
    #expect([403, 421].contains(refusal.code.status))
  }
}
