import Testing

@testable import Server

/// Goal: no page takes the place of what a program asks for.
@Suite struct ProgramPathTests {
  private let paths = ProgramPaths(["/v1/traces", "/api/v1/views/{id}", "/jaeger/api/services"])

  @Test(arguments: [
    ("/v1/traces", true), ("/v1/nothing", true), ("/api/v1/traces", true), ("/api", true), ("/jaeger", true),
    ("/metrics", true), ("/metrics/host", true), ("/healthz", true), ("/", false), ("/traces/1", false), ("", false),
    ("/apis", false),
  ])
  func `what is below the first segment of a program's path is for programs`(path: String, isForPrograms: Bool) {
    #expect(paths.contain(path) == isForPrograms)
  }
}
