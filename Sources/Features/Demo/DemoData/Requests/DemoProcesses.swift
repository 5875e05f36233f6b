/// Everything that sends spans and logs: services, and the model servers.
enum DemoProcesses {
  static let gateway = 0
  static let chat = 1
  static let rag = 2
  static let agents = 3
  static let embeddings = 4
  static let vectors = 5
  /// The first model server; the others follow in their order.
  private static let firstServer = 6

  static func server(_ number: Int) -> Int { firstServer + number }

  static func all(_ machines: DemoMachines) -> [DemoProcess] {
    let services = [
      DemoProcess(service: "gateway", version: "2.14.0", node: nil, pod: "gateway-6d5f9c7b44-x2x7k", language: "go"),
      DemoProcess(service: "chat", version: "1.32.1", node: nil, pod: "chat-7b9d8f6c5-lm4qp", language: "python"),
      DemoProcess(service: "rag", version: "1.9.4", node: nil, pod: "rag-58c6bd4d9-9t2fw", language: "python"),
      DemoProcess(service: "agents", version: "0.18.0", node: nil, pod: "agents-5f7dcb8d6-hc8zn", language: "python"),
      DemoProcess(
        service: "embeddings", version: "1.4.2", node: nil, pod: "embeddings-66d9c9d7c-wq5kd", language: "python"),
      DemoProcess(service: "vector-db", version: "1.12.5", node: nil, pod: "vector-db-0", language: "rust"),
    ]
    let servers = ModelServer.all.enumerated().map { number, server in
      DemoProcess(
        service: server.service, version: version(of: server.engine),
        node: machines.nodes[machines.board(of: server.devices[0]).node].name, pod: "\(server.service)-\(number)",
        language: server.engine == "tei" ? "rust" : "python")
    }
    return services + servers
  }

  static func version(of engine: String) -> String {
    switch engine {
    case "vllm": "0.11.2"
    case "sglang": "0.5.5"
    default: "1.8.3"
    }
  }
}
