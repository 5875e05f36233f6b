import API
import HTTPTypes
import System
import TestSupport
import Testing

@testable import DashboardPages

/// Goal: browsers get the dashboard, as small as they take it and never an old one; programs get their errors.
///
/// Method: pages over a folder of a few files.
@Suite struct DashboardPagesTests {
  private static func pages(_ files: [String: String]) throws -> DashboardPages {
    let folder = try TemporaryFolder()
    try File.makeDirectories("\(folder.path)/assets")
    for (name, text) in files { try File.writeAtomically("\(folder.path)/\(name)", Array(text.utf8)) }
    return DashboardPages(.dashboard(try DashboardBundle(folder: folder.path)))
  }

  private static let files = [
    "index.html": "<p>index", "index.html.br": "br of index", "index.html.gz": "gz of index",
    "assets/main-ABC.js": "main()", "assets/main-ABC.js.gz": "gz of main", "assets/notes.md": "not served",
  ]

  private static func get(
    _ path: String, _ fields: HTTPFields = [:], method: HTTPMethod = .get
  ) throws -> (status: Int, fields: HTTPFields, body: String)? {
    let request = HTTPRequest(method: method, path: path, query: "", fields: fields, body: [])
    guard let response = try pages(files).response(request) else { return nil }
    guard case .bytes(let body) = response.body else { return nil }
    return (response.status, response.fields, String(decoding: body, as: UTF8.self))
  }

  @Test(arguments: [
    ("gzip, deflate, br, zstd", "br", "br of index"), ("gzip", "gzip", "gz of index"),
    ("br;q=0, gzip;q=0.5", "gzip", "gz of index"),
    ("identity", nil, "<p>index"), ("", nil, "<p>index"), ("BR", "br", "br of index"),
  ])
  func `a file comes in the coding that was prepared and is taken`(accepted: String, coding: String?, body: String)
    throws
  {
    let response = try #require(try Self.get("/", ["accept-encoding": accepted]))
    #expect(response.body == body)
    #expect(response.fields["content-encoding"] == coding)
    #expect(response.fields["vary"] == "accept-encoding")
  }

  @Test func `a hashed file is kept for ever, and one that is not there is 404`() throws {
    let found = try #require(try Self.get("/assets/main-ABC.js", ["accept-encoding": "br"]))
    #expect(found.body == "main()")
    #expect(found.fields["cache-control"] == "public, max-age=31536000, immutable")
    #expect(found.fields["content-type"] == "text/javascript; charset=utf-8")
    for path in ["/assets/main-OLD.js", "/assets/main-ABC.js.gz", "/assets/notes.md", "/assets/../index.html"] {
      #expect(try Self.get(path, ["accept": "text/html"])?.status == 404, "\(path)")
    }
  }

  @Test(arguments: [
    ("/", "*/*", true), ("/traces/0123", "text/html,application/xhtml+xml", true), ("/traces", "*/*", false),
    ("/traces", "application/json", false),
  ])
  func `any path that a browser navigates to is the dashboard`(path: String, accept: String, isPage: Bool) throws {
    let response = try Self.get(path, ["accept": accept])
    #expect(response?.body == (isPage ? "<p>index" : nil))
    if isPage { #expect(response?.fields["cache-control"] == "no-cache") }
  }

  @Test func `a page that has not changed is not sent again`() throws {
    let first = try #require(try Self.get("/"))
    let tag = try #require(first.fields["etag"])
    for field in [tag, "\"other\", W/\(tag)", "*"] {
      let again = try #require(try Self.get("/", ["if-none-match": field]))
      #expect(again.status == 304)
      #expect(again.body.isEmpty)
    }
    let other = try #require(try Self.get("/", ["if-none-match": tag, "accept-encoding": "br"]))
    #expect(other.status == 200, "the bytes are others")
  }

  @Test func `every page forbids what is not its own`() throws {
    let policy = try #require(try Self.get("/")?.fields["content-security-policy"])
    for part in [
      "default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
    ] {
      #expect(policy.contains(part))
    }
    #expect(!policy.contains("unsafe"))
  }

  @Test func `pages can only be read`() throws {
    let response = try #require(try Self.get("/", method: .post))
    #expect(response.status == 405)
    #expect(response.fields["allow"] == "GET, HEAD")
    #expect(try Self.get("/traces", ["accept": "text/html"], method: .post) == nil)
  }

  @Test func `without files the page says why, and nothing is at the place of files`() throws {
    let pages = DashboardPages(.notice("Not installed <here>."))
    let request = HTTPRequest(method: .get, path: "/", query: "", fields: [:], body: [])
    let response = try #require(pages.response(request))
    guard case .bytes(let body) = response.body else { return }
    #expect(String(decoding: body, as: UTF8.self).contains("Not installed &lt;here&gt;."))
    let asset = HTTPRequest(method: .get, path: "/assets/main.js", query: "", fields: [:], body: [])
    #expect(pages.response(asset)?.status == 404)
  }

  @Test(arguments: [["assets/a.js": "1"], ["index.html": ""], [:]])
  func `a folder without a page or without files is refused`(files: [String: String]) throws {
    let folder = try TemporaryFolder()
    for (name, text) in files {
      if name.contains("/") { try File.makeDirectories("\(folder.path)/assets") }
      try File.writeAtomically("\(folder.path)/\(name)", Array(text.utf8))
    }
    #expect(throws: DashboardBundle.Failure.self) { try DashboardBundle(folder: folder.path) }
  }

  @Test func `files are looked for beside the program, then in its checkout`() {
    #expect(
      DashboardFolder.candidates(executable: "/opt/a/bin/axonize").first == "/opt/a/lib/axonize/dashboard")
    #expect(
      DashboardFolder.candidates(executable: "/src/.build/x86_64/release/axonize").contains("/src/dashboard/dist"))
  }
}
