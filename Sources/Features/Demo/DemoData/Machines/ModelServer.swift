/// A process that serves a model on GPUs.
struct ModelServer: Sendable {
  let service: String
  /// `vllm`, `sglang` or `tei`: what its spans name as the provider, and its process.
  let engine: String
  let model: String
  let devices: [Device]
  let prefillTokensPerSecond: Double
  /// For a request alone.
  let secondsPerToken: Double
  /// How much longer a token takes for each request beside it.
  let slowdown: Double
  /// Requests at once; others wait in the queue.
  let concurrencyMax: Int
  let weightBytes: Double

  static let all: [ModelServer] = [
    ModelServer(
      service: "vllm-llama-70b", engine: "vllm", model: "meta-llama/Llama-3.3-70B-Instruct",
      devices: [Device(board: 0), Device(board: 1)], prefillTokensPerSecond: 7_000, secondsPerToken: 0.019,
      slowdown: 0.06, concurrencyMax: 16, weightBytes: 70.6e9),
    ModelServer(
      service: "vllm-qwen3-32b", engine: "vllm", model: "Qwen/Qwen3-32B", devices: [Device(board: 2)],
      prefillTokensPerSecond: 9_000, secondsPerToken: 0.015, slowdown: 0.07, concurrencyMax: 12, weightBytes: 65.5e9),
    ModelServer(
      service: "vllm-qwen3-32b", engine: "vllm", model: "Qwen/Qwen3-32B", devices: [Device(board: 3)],
      prefillTokensPerSecond: 9_000, secondsPerToken: 0.015, slowdown: 0.07, concurrencyMax: 12, weightBytes: 65.5e9),
    ModelServer(
      service: "vllm-gpt-oss-20b", engine: "vllm", model: "openai/gpt-oss-20b", devices: [Device(board: 4)],
      prefillTokensPerSecond: 16_000, secondsPerToken: 0.007, slowdown: 0.08, concurrencyMax: 12, weightBytes: 13.8e9),
    ModelServer(
      service: "sglang-llama-8b", engine: "sglang", model: "meta-llama/Llama-3.1-8B-Instruct",
      devices: [Device(board: 6)], prefillTokensPerSecond: 8_000, secondsPerToken: 0.018, slowdown: 0.09,
      concurrencyMax: 8, weightBytes: 16.1e9),
    ModelServer(
      service: "tei-embeddings", engine: "tei", model: "BAAI/bge-m3", devices: [Device(board: 5, part: 0)],
      prefillTokensPerSecond: 30_000, secondsPerToken: 0, slowdown: 0.3, concurrencyMax: 8, weightBytes: 1.2e9),
    ModelServer(
      service: "tei-reranker", engine: "tei", model: "BAAI/bge-reranker-v2-m3", devices: [Device(board: 5, part: 1)],
      prefillTokensPerSecond: 22_000, secondsPerToken: 0, slowdown: 0.3, concurrencyMax: 8, weightBytes: 1.2e9),
  ]

  static let llama70b = 0
  static let qwen = [1, 2]
  static let gptOSS = 3
  static let llama8b = 4
  static let embeddings = 5
  static let reranker = 6

  /// The servers on a board.
  static func on(board: Int) -> [Int] {
    all.indices.filter { all[$0].devices.contains { $0.board == board } }
  }
}
