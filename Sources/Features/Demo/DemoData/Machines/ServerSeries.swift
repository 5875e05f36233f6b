/// The series of model servers, by vLLM's names; every five seconds.
struct ServerSeries: Sendable {
  static let interval: Int64 = 5

  private struct Handles: Sendable {
    let running: DemoSeries.Handle
    let requests: DemoSeries.Handle
    let promptTokens: DemoSeries.Handle
    let outputTokens: DemoSeries.Handle
  }

  private let handles: [Handles]

  init(in series: inout DemoSeries) {
    var all: [Handles] = []
    for (number, server) in ModelServer.all.enumerated() {
      let labels = [
        (name: "job", value: server.service), (name: "instance", value: "\(server.service)-\(number)"),
        (name: "model_name", value: server.model),
      ]
      all.append(
        Handles(
          running: series.add("vllm:num_requests_running", labels),
          requests: series.add("vllm:request_success_total", labels),
          promptTokens: series.add("vllm:prompt_tokens_total", labels),
          outputTokens: series.add("vllm:generation_tokens_total", labels)))
    }
    handles = all
  }

  func write(_ loads: [ServerLoad], at second: Int64, into series: inout DemoSeries) {
    for (load, handles) in zip(loads, handles) {
      series.append(Double(load.count(at: second * 1_000_000_000)), to: handles.running, at: second)
      series.append(Double(load.requestCount), to: handles.requests, at: second)
      series.append(Double(load.promptTokens), to: handles.promptTokens, at: second)
      series.append(Double(load.outputTokens), to: handles.outputTokens, at: second)
    }
  }
}
