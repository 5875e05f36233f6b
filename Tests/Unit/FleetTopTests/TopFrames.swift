import Base
import JSON

@testable import FleetTop

/// A frame of two machines: one with two GPUs, one with a divided one that is silent.
enum TopFrames {
  static let now = UnixNanoseconds(1_795_248_000_000_000_000)
  static let boardID = "GPU-00000000-0000-0000-0000-000000000000"
  static let partID = "MIG-00000000-0000-0000-0000-000000000002"

  static let nodes = """
    [{"name":"gpubox","state":"up","gpu_count":2,"gpus_up":1},{"name":"migbox","state":"up","gpu_count":1,"gpus_up":1}]
    """
  static let hostSeries = vector([
    (#"{"instance":"gpubox","axonize_top":"busy"}"#, "0.431"), (#"{"instance":"gpubox","axonize_top":"load"}"#, "12.5"),
    (#"{"instance":"gpubox","axonize_top":"total"}"#, "2164663517184"),
    (#"{"instance":"gpubox","axonize_top":"available"}"#, "1082331758592"),
    (#"{"instance":"gpubox","axonize_top":"disk"}"#, "0.07"),
    (#"{"instance":"gpubox","axonize_top":"received"}"#, "1258291"),
    (#"{"instance":"gpubox","axonize_top":"sent"}"#, "NaN"),
    (#"{"instance":"old","axonize_top":"load"}"#, "0.2"), (#"{"instance":"gpubox","axonize_top":"else"}"#, "9"),
  ])
  static let gpus = """
    [{"id":"\(boardID)","node":"gpubox","node_state":"up","index":0,"vendor":"nvidia","model":"NVIDIA H200",
    "condition":"up","pci_bus_id":"0000:83:00.0","driver_version":"590.48.01","resources":[{"generation":1}],
    "processes":[{"pid":11,"name":"vllm","memory_bytes":14183038976},{"pid":12}],
    "readings":[{"metric":"axonize_gpu_utilization_ratio","value":0.1},
    {"metric":"axonize_gpu_memory_temperature_celsius","unavailable":"not_supported"}]},
    {"id":"GPU-1","node":"gpubox","node_state":"up","index":1,"vendor":"nvidia","model":"NVIDIA H200","condition":"lost",
    "problem":"the GPU does not answer","pci_bus_id":"0000:84:00.0","resources":[],"processes_unavailable":"gpu_lost",
    "readings":[{"metric":"axonize_gpu_power_watts","value":99}]},
    {"id":"GPU-2","node":"migbox","node_state":"silent","index":0,"vendor":"nvidia","model":"NVIDIA H200",
    "condition":"up","pci_bus_id":"0000:83:00.0","resources":[
    {"uuid":"\(partID)","profile":"1c.3g.71gb","gpu_instance":2,"compute_instance":0,"generation":1}],
    "readings":[{"metric":"axonize_gpu_power_watts","value":70}]}]
    """
  static let gpuSeries = vector([
    (board("utilization_ratio"), "0.97"), (board("sm_active_ratio"), "0.5"), (board("memory_used_bytes"), "20000000000"),
    (board("memory_total_bytes"), "150754820096"), (board("temperature_celsius"), "86"), (board("power_watts"), "631.9"),
    (board("power_limit_watts"), "700"), (part("sm_active_ratio"), "0.25"), (part("memory_used_bytes"), "1073741824"),
    (part("memory_total_bytes"), "74893492224"),
  ])
  static let spans = """
    [\(span(boardID, "llama", 900, "ok", 100)),\(span(boardID, "llama", 100, "error", 50)),
    \(span(partID, "qwen", 40, "ok", 10)),\(span("GPU-of-nobody-at-all", "qwen", 40, "ok", 0)),
    {"name":"GET /","service_name":"web","duration_ns":1000000,"status":{"code":"ok"},"gen_ai":null,"gpu":null,
    "start_time_unix_nano":"1795247990000000000"}]
    """

  private static func board(_ name: String) -> String {
    #"{"__name__":"axonize_gpu_\#(name)","instance":"gpubox","pci_bus_id":"0000:83:00.0"}"#
  }

  private static func part(_ name: String) -> String {
    #"{"__name__":"axonize_gpu_\#(name)","instance":"migbox","pci_bus_id":"0000:83:00.0","gpu_instance":"2"}"#
  }

  private static func vector(_ series: [(labels: String, value: String)]) -> String {
    let all = series.map { #"{"metric":\#($0.labels),"value":[1795248000,"\#($0.value)"]}"# }
    return #"{"status":"success","data":{"resultType":"vector","result":[\#(all.joined(separator: ","))]}}"#
  }

  private static func span(_ gpu: String, _ model: String, _ milliseconds: Int, _ status: String, _ tokens: Int) -> String
  {
    """
    {"name":"chat","service_name":"chat","duration_ns":\(milliseconds * 1_000_000),"status":{"code":"\(status)"},
    "gen_ai":{"request_model":"\(model)","response_model":null,"output_tokens":\(tokens)},
    "gpu":{"resource_ids":["\(gpu)"]},"start_time_unix_nano":"1795247995000000000"}
    """
  }

  static func frame(hasMore: Bool = false) throws -> TopFrame {
    func json(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }
    var frame = TopFrame(takenAt: now)
    frame.hosts = TopReading.hosts(nodes: try json(nodes).array ?? [], series: try json(hostSeries))
    frame.gpus = TopReading.gpus(try json(gpus).array ?? [], series: try json(gpuSeries))
    frame.requests = TopReading.requests(
      try json(spans).array ?? [], hasMore: hasMore, window: .seconds(60), now: now)
    return frame
  }
}
