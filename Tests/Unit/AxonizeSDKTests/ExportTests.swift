import Glibc
import Synchronization
import Testing

@testable import Axonize
@testable import AxonizeTesting

/// The life of the SDK in a process, and what a receiver gets.
///
/// One after another: there is one SDK in a process.
@Suite(.serialized) struct ExportTests {
  func start(
    _ endpoint: String, heard: Heard = Heard(), _ change: (inout Axonize.Configuration) -> Void = { _ in }
  ) {
    var configuration = Axonize.Configuration(endpoint: endpoint, serviceName: "export")
    configuration.metrics = false
    configuration.warningHandler = { heard.hear($0) }
    change(&configuration)
    Axonize.start(configuration, environment: { _ in nil })
  }

  func spans(of receiver: Receiver) -> [RecordedSpan] {
    receiver.requests().flatMap { RequestReader.spans(of: $0.body) }
  }

  @Test func `what ended is sent by a flush`() throws {
    let receiver = try Receiver()
    start(receiver.endpoint) {
      $0.apiKey = "key"
      $0.headers = ["X-Team": "ours"]
    }
    defer { Axonize.shutdown() }
    #expect(Axonize.isStarted)
    withSpan("outer", attributes: ["k": 1]) { _ in withSpan("inner") { _ in } }
    #expect(Axonize.flush())
    let found = spans(of: receiver)
    #expect(found.map(\.name) == ["inner", "outer"])
    #expect(found[1].attributes == ["k": 1])
    #expect(found[0].parentSpanID == found[1].spanID)
    #expect(found[0].resource == Axonize.resource)
    #expect(found[0].resource["service.name"] == "export")
    let request = try #require(receiver.requests().first)
    #expect(request.headers["authorization"] == "Bearer key")
    #expect(request.headers["x-team"] == "ours")
    #expect(request.headers["content-type"] == "application/x-protobuf")
    let statistics = Axonize.statistics
    #expect((statistics.started, statistics.ended, statistics.exported, statistics.batches) == (2, 2, 2, 1))
    #expect(statistics.sentBytes == request.body.count)
  }

  @Test(arguments: [Axonize.Compression.gzip, .zstd])
  func `bodies are compressed where it is asked for`(compression: Axonize.Compression) throws {
    let receiver = try Receiver()
    let heard = Heard()
    start(receiver.endpoint, heard: heard) { $0.compression = compression }
    for _ in 0..<100 { withSpan("the same name") { _ in } }
    #expect(Axonize.flush())
    #expect(Axonize.shutdown())
    let request = try #require(receiver.requests().first)
    let magic: [UInt8] = compression == .gzip ? [0x1f, 0x8b] : [0x28, 0xb5, 0x2f, 0xfd]
    if heard.all.isEmpty {
      #expect(request.headers["content-encoding"] == compression.rawValue)
      #expect(Array(request.body.prefix(magic.count)) == magic)
      #expect(Axonize.statistics.sentBytes < Axonize.statistics.encodedBytes)
    } else {
      // The system has no such library: then the spans go as they are, and it is said.
      #expect(request.headers["content-encoding"] == nil)
    }
  }

  @Test func `a batch is sent again where the receiver asks for it`() throws {
    let receiver = try Receiver { number, _ in Receiver.Answer(status: number < 2 ? 503 : 200) }
    start(receiver.endpoint)
    withSpan("again") { _ in }
    #expect(Axonize.flush(timeout: .seconds(60)))
    #expect(spans(of: receiver).map(\.name) == ["again", "again", "again"])
    #expect((Axonize.statistics.exported, Axonize.statistics.retries) == (1, 2))
    #expect(Axonize.shutdown())
  }

  @Test func `a refusal drops the batch and is told once, without secrets`() throws {
    let receiver = try Receiver { _, _ in Receiver.Answer(status: 401) }
    let heard = Heard()
    start(receiver.endpoint, heard: heard) { $0.apiKey = "secret" }
    for _ in 0..<2 {
      withSpan("s") { _ in }
      #expect(Axonize.flush())
    }
    #expect(Axonize.statistics.droppedSendFailed == 2)
    let target = "127.0.0.1:\(receiver.port)"
    let remedy = "it does not accept the key of apiKey: is it revoked, of another server, or not allowed to ingest?"
    #expect(heard.all == ["the receiver at \(target) refused spans (HTTP 401); they are dropped; \(remedy)"])
    #expect(Axonize.shutdown())
    #expect(heard.all.last == "2 of 2 spans were lost: 2 because \(target) did not take them (HTTP 401)")
    #expect(heard.all.count == 2)
  }

  @Test func `a partial success is counted`() throws {
    // partial_success 1: rejected_spans 1.
    let receiver = try Receiver { _, _ in Receiver.Answer(body: [0x0a, 0x02, 0x08, 0x01]) }
    start(receiver.endpoint)
    for _ in 0..<3 { withSpan("s") { _ in } }
    #expect(Axonize.flush())
    #expect((Axonize.statistics.exported, Axonize.statistics.rejected) == (2, 1))
    #expect(Axonize.shutdown())
  }

  @Test func `a receiver that is not there is told once, and the end does not wait for ever`() throws {
    let port = try Receiver().port
    let heard = Heard()
    start("http://127.0.0.1:\(port)", heard: heard)
    for _ in 0..<10 { withSpan("s") { _ in } }
    #expect(!Axonize.flush(timeout: .milliseconds(200)))
    #expect(!Axonize.shutdown(timeout: .milliseconds(200)))
    #expect(heard.all.count == 2)
    #expect(
      heard.all[0].hasPrefix("the receiver at 127.0.0.1:\(port) cannot be reached (Connection refused); spans are kept")
    )
    #expect(
      heard.all[1] == "10 of 10 spans were lost: 10 because 127.0.0.1:\(port) did not take them (Connection refused)")
    #expect(Axonize.statistics.droppedSendFailed == 10)
  }

  @Test(arguments: [[:], ["Retry-After": "300"]])
  func `at the end each batch is tried once`(headers: [String: String]) throws {
    let receiver = try Receiver { _, _ in Receiver.Answer(status: 503, headers: headers.map { ($0.key, $0.value) }) }
    let heard = Heard()
    start(receiver.endpoint, heard: heard) {
      $0.interval = .seconds(3600)
    }
    for _ in 0..<100 { withSpan("s") { _ in } }
    #expect(!Axonize.shutdown(timeout: .seconds(60)))
    #expect(receiver.requests().count == 1)
    let target = "127.0.0.1:\(receiver.port)"
    #expect(heard.all.contains("the receiver at \(target) cannot be reached (HTTP 503)"))
    #expect(heard.all.contains("100 of 100 spans were lost: 100 because \(target) did not take them (HTTP 503)"))
  }

  @Test func `what waits for its next attempt has it at the end, and the last metrics count it`() throws {
    let receiver = try Receiver { number, _ in
      number == 0 ? Receiver.Answer(status: 503, headers: [("Retry-After", "300")]) : Receiver.Answer()
    }
    let heard = Heard()
    start(receiver.endpoint, heard: heard) { $0.metrics = true }
    withSpan("s") { _ in }
    #expect(!Axonize.flush(timeout: .milliseconds(500)))
    #expect(Axonize.shutdown(timeout: .seconds(60)))
    #expect(receiver.requests().count == 2)
    #expect(heard.all.allSatisfy { !$0.contains("lost") })
  }

  @Test func `a receiver that never answers does not hold up the end`() throws {
    let silent = try Receiver { _, _ in
      sleep(600)
      return Receiver.Answer()
    }
    let heard = Heard()
    start(silent.endpoint, heard: heard) { $0.metrics = true }
    for _ in 0..<5 { withSpan("s") { _ in } }
    #expect(!Axonize.shutdown(timeout: .milliseconds(300)))
    #expect(
      heard.all.last
        == "5 of 5 spans were lost: 5 because 127.0.0.1:\(silent.port) did not take them (no answer in time)")
  }

  @Test func `rejected spans and those without room are told at the end`() throws {
    // partial_success 1: rejected_spans 2.
    let receiver = try Receiver { _, _ in Receiver.Answer(body: [0x0a, 0x02, 0x08, 0x02]) }
    let heard = Heard()
    start(receiver.endpoint, heard: heard)
    for _ in 0..<3 { withSpan("s") { _ in } }
    #expect(Axonize.shutdown())
    #expect(heard.all.last == "2 of 3 spans were lost: 2 because 127.0.0.1:\(receiver.port) rejected them")
  }

  @Test func `a key that others on the way can read is told`() throws {
    let heard = Heard()
    for (endpoint, key) in [
      ("http://127.0.0.1:1", "secret"), ("https://h.invalid:1", "secret"), ("http://h.invalid:1", ""),
    ] {
      start(endpoint, heard: heard) { $0.apiKey = key }
      Axonize.shutdown(timeout: .zero)
    }
    #expect(heard.all.allSatisfy { !$0.contains("encryption") })
    start("http://h.invalid:1", heard: heard) { $0.apiKey = "secret" }
    Axonize.shutdown(timeout: .zero)
    #expect(heard.all.contains { $0.hasPrefix("the key of apiKey goes to h.invalid:1 without encryption") })
    #expect(heard.all.allSatisfy { !$0.contains("secret") })
  }

  @Test func `the SDK may be used before its start, started twice, and used after its end`() throws {
    let before = withSpan("before") { span in
      #expect(!span.isRecording)
      return span.context
    }
    #expect(before.isValid)
    #expect(!before.isSampled)
    #expect(Axonize.flush())
    #expect(Axonize.shutdown())
    #expect(!Axonize.isStarted)

    let receiver = try Receiver()
    let heard = Heard()
    start(receiver.endpoint)
    let early = Tracer.default.startSpan("early")
    start("http://127.0.0.1:1", heard: heard)
    #expect(heard.all.count == 1)
    withSpan("s") { _ in }
    #expect(Axonize.shutdown())
    #expect(spans(of: receiver).map(\.name) == ["s"])
    early.setAttribute("late", 1)
    early.end()
    #expect(withSpan("after") { $0.context.isValid && !$0.isRecording })
    #expect(Axonize.statistics.droppedSendFailed == 1)

    start(receiver.endpoint)
    withSpan("anew") { _ in }
    #expect(Axonize.shutdown())
    #expect(spans(of: receiver).map(\.name) == ["s", "anew"])
  }

  @Test func `spans under one of an earlier run are recorded by the new one`() throws {
    let receiver = try Receiver()
    start(receiver.endpoint)
    let old = withSpan("old") { old in
      Axonize.shutdown()
      start(receiver.endpoint)
      withSpan("new") { #expect($0.isRecording) }
      return old
    }
    #expect(Axonize.shutdown())
    let found = spans(of: receiver)
    // The old one ended after its run.
    #expect(found.map(\.name) == ["new"])
    #expect(found.map(\.parentSpanID) == [old.spanID])
  }

  @Test func `a program that is switched off records nothing`() throws {
    let receiver = try Receiver()
    start(receiver.endpoint) { $0.isEnabled = false }
    #expect(!Axonize.isStarted)
    withSpan("s") { #expect(!$0.isRecording) }
    #expect(Axonize.shutdown())
    #expect(receiver.requests().isEmpty)
  }

  @Test func `in a test the program under test starts nothing`() throws {
    let receiver = try Receiver()
    try withSpanRecorder { recorder throws in
      start(receiver.endpoint)
      #expect(!Axonize.isStarted)
      withSpan("s") { _ in }
      #expect(Axonize.statistics.ended == 1)
      #expect(recorder.names == ["s"])
    }
    #expect(receiver.requests().isEmpty)
  }

  @Test func `metrics of operations and of the SDK are sent at the end`() throws {
    let receiver = try Receiver()
    let heard = Heard()
    start(receiver.endpoint, heard: heard) { $0.metrics = true }
    withLLMSpan("chat", model: "m") { span in
      span.recordToken()
      span.setUsage(input: 3)
    }
    #expect(Axonize.flush())
    #expect(Axonize.shutdown())
    #expect(heard.all.isEmpty)
    let request = try #require(receiver.requests("/v1/metrics").last)
    let text = String(decoding: request.body, as: UTF8.self)
    for name in [
      "gen_ai.client.operation.duration", "gen_ai.client.token.usage", "gen_ai.server.time_to_first_token",
      "axonize.sdk.span.exported", "axonize.sdk.span.dropped", "axonize.sdk.queue.capacity",
    ] {
      #expect(text.contains(name), "\(name)")
    }
    #expect(!text.contains("gen_ai.server.time_per_output_token"))
  }

  @Test func `a handler of warnings may ask the SDK`() throws {
    let seen = Mutex<[Bool]>([])
    start("nonsense://") { $0.warningHandler = { _ in seen.withLock { $0.append(Axonize.isStarted) } } }
    #expect(seen.withLock { $0 } == [false])
    #expect(Axonize.isStarted)
    Axonize.shutdown(timeout: .zero)
  }

  @Test func `the end may come while other threads make spans`() async throws {
    let receiver = try Receiver()
    for _ in 0..<3 {
      start(receiver.endpoint)
      await withTaskGroup { group in
        for _ in 0..<4 { group.addTask { for _ in 0..<300 { withSpan("s") { $0.setAttribute("k", 1) } } } }
        group.addTask { Axonize.shutdown() }
      }
      let now = Axonize.statistics
      // What had not ended by then was refused; nothing is counted twice.
      #expect(now.exported + now.droppedSendFailed <= now.ended)
    }
    #expect(!Axonize.isStarted)
  }

  @Test func `spans of many threads all arrive`() async throws {
    let receiver = try Receiver()
    start(receiver.endpoint)
    await withTaskGroup { group in
      for task in 0..<8 { group.addTask { for _ in 0..<500 { withSpan("task \(task)") { _ in } } } }
    }
    #expect(Axonize.flush(timeout: .seconds(60)))
    let found = spans(of: receiver)
    #expect(found.count == 4000)
    #expect(Set(found.map(\.spanID)).count == 4000)
    #expect(Axonize.shutdown())
  }
}
