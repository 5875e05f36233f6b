import Testing

@testable import Axonize
@testable import AxonizeTesting

/// The SDK over gRPC.
extension ExportTests {
  private static let traces = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
  private static let metrics = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"

  private func spans(over receiver: Receiver) -> [RecordedSpan] {
    receiver.requests(Self.traces).flatMap { RequestReader.spans(of: $0.body) }
  }

  @Test func `spans and metrics go over gRPC`() throws {
    let receiver = try Receiver(grpc: true)
    let heard = Heard()
    start(receiver.endpoint, heard: heard) {
      $0.exportProtocol = .grpc
      $0.apiKey = "key"
      $0.headers = ["X-Team": "ours"]
      $0.metrics = true
    }
    withSpan("outer", attributes: ["k": 1]) { _ in withSpan("inner") { _ in } }
    #expect(Axonize.flush())
    #expect(spans(over: receiver).map(\.name) == ["inner", "outer"])
    let request = try #require(receiver.requests(Self.traces).first)
    #expect(request.headers["authorization"] == "Bearer key")
    #expect(request.headers["x-team"] == "ours")
    #expect(request.headers["content-type"] == "application/grpc+proto")
    #expect(request.headers["te"] == "trailers")
    #expect(request.headers["grpc-timeout"] == "10000m")
    #expect(request.headers[":authority"] == "127.0.0.1:\(receiver.port)")
    let statistics = Axonize.statistics
    #expect((statistics.exported, statistics.sentBytes) == (2, request.body.count))
    #expect(Axonize.shutdown())
    let told = try #require(receiver.requests(Self.metrics).first)
    #expect(told.headers["user-agent"] == "axonize-swift/0.1.0")
    #expect(String(decoding: told.body, as: UTF8.self).contains("axonize.sdk.span.exported"))
    #expect(heard.all.isEmpty)
  }

  @Test func `a large batch goes over gRPC as over HTTP`() throws {
    let receiver = try Receiver(grpc: true)
    start(receiver.endpoint) { $0.exportProtocol = .grpc }
    for number in 0..<5000 {
      withSpan("s", attributes: ["number": number, "text": "0123456789"]) { _ in }
    }
    #expect(Axonize.flush(timeout: .seconds(60)))
    #expect(spans(over: receiver).map { $0.attributes["number"] } == (0..<5000).map { .int($0) })
    #expect(Axonize.shutdown())
  }

  @Test func `a batch is sent again where a code of gRPC asks for it`() throws {
    let receiver = try Receiver(grpc: true) { number, _ in Receiver.Answer(status: number < 2 ? 14 : 200) }
    start(receiver.endpoint) { $0.exportProtocol = .grpc }
    withSpan("again") { _ in }
    #expect(Axonize.flush(timeout: .seconds(60)))
    #expect(spans(over: receiver).map(\.name) == ["again", "again", "again"])
    #expect((Axonize.statistics.exported, Axonize.statistics.retries) == (1, 2))
    #expect(Axonize.shutdown())
  }

  @Test func `a refusal over gRPC is told by its name`() throws {
    let receiver = try Receiver(grpc: true) { _, _ in Receiver.Answer(status: 16) }
    let heard = Heard()
    start(receiver.endpoint, heard: heard) {
      $0.exportProtocol = .grpc
      $0.metrics = true
    }
    withSpan("s") { _ in }
    #expect(Axonize.flush())
    #expect(Axonize.statistics.droppedSendFailed == 1)
    #expect(Axonize.shutdown())
    let target = "127.0.0.1:\(receiver.port)"
    let remedy = "no API key was sent: set AXONIZE_API_KEY or apiKey"
    #expect(
      heard.all == [
        "the receiver at \(target) refused spans (gRPC UNAUTHENTICATED); they are dropped; \(remedy)",
        "the receiver does not take metrics (gRPC UNAUTHENTICATED); \(remedy)",
        "1 of 1 spans were lost: 1 because \(target) did not take them (gRPC UNAUTHENTICATED)",
      ])
  }

  @Test func `a server that leaves after each call loses nothing`() throws {
    let receiver = try Receiver(grpc: true) { _, _ in Receiver.Answer(headers: [("Connection", "close")]) }
    start(receiver.endpoint) {
      $0.exportProtocol = .grpc
      $0.metrics = true
      $0.metricsInterval = .milliseconds(20)
    }
    for name in ["a", "b", "c"] {
      withSpan(name) { _ in }
      #expect(Axonize.flush())
    }
    #expect(spans(over: receiver).map(\.name) == ["a", "b", "c"])
    #expect(Axonize.statistics.retries == 0)
    #expect(Axonize.shutdown())
    #expect(!receiver.requests(Self.metrics).isEmpty)
  }

  @Test func `a receiver of HTTP alone is named once`() throws {
    let receiver = try Receiver()
    let heard = Heard()
    start(receiver.endpoint, heard: heard) { $0.exportProtocol = .grpc }
    withSpan("s") { _ in }
    #expect(!Axonize.flush(timeout: .milliseconds(500)))
    #expect(!Axonize.shutdown(timeout: .milliseconds(200)))
    #expect(heard.all.count == 2)
    #expect(heard.all[1].hasPrefix("1 of 1 spans were lost: "))
    #expect(heard.all[0].contains("does not speak gRPC"))
    #expect(heard.all[0].contains("exportProtocol to .httpProtobuf"))
  }

  @Test func `a transport of gRPC says what its answers come to`() throws {
    let receiver = try Receiver(grpc: true) { number, _ in
      [Receiver.Answer(body: [1, 2]), .init(status: 14), .init(status: 12), .init()][number]
    }
    let configuration = ConfigurationTests.resolve {
      $0.endpoint = receiver.endpoint
      $0.exportProtocol = .grpc
    }
    let transport = configuration.transport(.metrics)
    let first = try transport.send([7])
    #expect((first.verdict, first.status, first.body, first.sentBytes) == (.taken, 0, [1, 2], 1))
    #expect(try transport.send([7]).verdict == .later)
    let third = try transport.send([])
    #expect((third.verdict, third.status) == (.refused, 12))
    let large = [UInt8](repeating: 3, count: 300_000)
    #expect(try transport.send(large).verdict == .taken)
    #expect(receiver.requests(Self.metrics).last?.body == large)
    let port = try Receiver().port
    let elsewhere = ConfigurationTests.resolve {
      $0.endpoint = "127.0.0.1:\(port)"
      $0.exportProtocol = .grpc
    }.transport(.traces)
    #expect(throws: TransportError.self) { try elsewhere.send([1]) }
  }
}
