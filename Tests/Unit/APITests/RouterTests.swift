import HTTPTypes
import Testing

@testable import API

@Suite struct RouterTests {
  private static let paths: [(HTTPMethod, String)] = [
    (.get, "/a"), (.post, "/a"), (.get, "/a/{id}"), (.get, "/a/b"), (.delete, "/a/{id}"), (.get, "/a/{id}/c"),
    (.get, "/f/{rest+}"), (.get, "/f/x"), (.get, "/f/x/{y}/z"),
  ]

  private static let router = Router(
    paths.map { EndpointDefinition($0, $1, name: $1, summary: "", tag: "", response: .empty()) })

  private static func match(_ method: HTTPMethod, _ path: String) -> Router.Match {
    router.match(method, path.split(separator: "/").map(String.init))
  }

  @Test(arguments: [
    (HTTPMethod.get, "/a", 0), (.head, "/a", 0), (.post, "/a", 1), (.get, "/a/b", 3), (.get, "/a/7", 2),
    (.delete, "/a/7", 4), (.get, "/a/b/c", 5), (.get, "/a/7/c", 5), (.get, "/f/1", 6), (.get, "/f/1/2/3", 6),
    (.get, "/f/x", 7), (.get, "/f/x/1/z", 8), (.get, "/f/x/1", 6),
  ])
  func `the most literal endpoint answers`(method: HTTPMethod, path: String, index: Int) {
    #expect(Self.match(method, path) == .endpoint(index))
  }

  @Test(arguments: ["/", "/b", "/a/7/d", "/a/7/c/d", "/f"])
  func `other paths have none`(path: String) {
    #expect(Self.match(.get, path) == .none)
  }

  @Test func `another method is told which ones there are`() {
    #expect(Self.match(.put, "/a") == .otherMethods([.get, .head, .post], 0))
    #expect(Self.match(.post, "/f/1/2") == .otherMethods([.get, .head], 6))
  }

  @Test func `varying segments have names`() {
    #expect(Self.router.values(of: ["a", "7", "c"], at: 5) == ["id": "7"])
    #expect(Self.router.values(of: ["f", "1", "2", "3"], at: 6) == ["rest": "1/2/3"])
  }
}
