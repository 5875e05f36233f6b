import API
import Testing

/// Goal: a page of another site cannot use the key that the browser keeps for the server's own pages.
@Suite struct SessionCookieTests {
  @Test(
    arguments: [
      (["axonize_key=axz_1"], "axz_1"), (["a=b; __Host-axonize_key=axz_2; c=d"], "axz_2"),
      (["a=b", "axonize_key=x=y"], "x=y"),
      (["my_axonize_key=axz_1"], nil), (["axonize_key="], nil), (["axonize_key"], nil), ([], nil),
    ] as [([String], String?)])
  func `the key is found among other cookies`(fields: [String], key: String?) {
    #expect(SessionCookie.key(in: fields) == key)
  }

  @Test(
    arguments: [
      // What the browser says, and whether the request only reads.
      (nil, "same-origin", true, true), (nil, "none", true, true), (nil, nil, true, true),
      (nil, "same-site", true, false), (nil, "cross-site", true, false),
      ("http://host:8080", nil, false, true), ("https://host:8080", "same-origin", false, true),
      ("http://host:3000", nil, false, false), ("http://evil.example", nil, true, false), ("null", nil, true, false),
      (nil, nil, false, false), (nil, "none", false, false), (nil, "same-origin", false, true),
    ] as [(String?, String?, Bool, Bool)])
  func `a cookie counts for the server's own pages only`(
    origin: String?, fetchSite: String?, isSafe: Bool, isOurs: Bool
  ) {
    let source = SessionCookie.Source(host: "host:8080", origin: origin, fetchSite: fetchSite, isSafe: isSafe)
    #expect(source.isOurs == isOurs)
  }
}
