import Base
import Commands
import JSON

extension TopFrame {
  /// The frame as JSON, for scripts; what is not known is null.
  func write(_ json: inout JSONWriter) {
    json.member("time", RFC3339.format(takenAt))
    json.key("hosts")
    json.array { json in for host in hosts { json.object { host.write(&$0) } } }
    json.key("gpus")
    json.array { json in for gpu in gpus { json.object { gpu.write(&$0) } } }
    json.key("requests")
    json.object { json in
      json.member("window_seconds", requests.window)
      json.member("without_gpu", Int64(requests.withoutGPU))
      json.key("groups")
      json.array { json in
        for group in requests.groups { json.object { group.write(&$0, window: requests.window) } }
      }
    }
  }
}

extension JSONWriter {
  fileprivate mutating func optional(_ name: String, _ value: Double?) {
    guard let value else {
      key(name)
      return null()
    }
    member(name, value)
  }

  fileprivate mutating func optional(_ name: String, _ value: Int64?) {
    guard let value else {
      key(name)
      return null()
    }
    member(name, value)
  }
}

extension TopHost {
  fileprivate func write(_ json: inout JSONWriter) {
    json.member("name", name)
    json.member("state", state)
    json.optional("gpu_count", gpuCount)
    json.optional("gpus_up", gpusUp)
    json.optional("cpu_busy_ratio", values.busy)
    json.optional("load1", values.load)
    json.optional("memory_used_bytes", values.memoryUsed)
    json.optional("memory_total_bytes", values.memoryTotal)
    json.optional("disk_busy_ratio", values.disk)
    json.optional("received_bytes_per_second", values.received)
    json.optional("sent_bytes_per_second", values.sent)
  }
}

extension TopGPU {
  fileprivate func write(_ json: inout JSONWriter) {
    json.member("id", id)
    json.member("node", node)
    json.member("index", index)
    json.member("model", model)
    json.member("condition", condition)
    json.member("problem", problem)
    values.write(&json)
    json.key("parts")
    json.array { json in
      for part in parts {
        json.object { json in
          json.member("uuid", part.uuid)
          json.member("place", part.place)
          json.member("profile", part.profile)
          part.values.write(&json)
        }
      }
    }
  }
}

extension TopGPUValues {
  fileprivate func write(_ json: inout JSONWriter) {
    json.optional("utilization_ratio", utilisation)
    json.optional("memory_used_bytes", memoryUsed)
    json.optional("memory_total_bytes", memoryTotal)
    json.optional("temperature_celsius", celsius)
    json.optional("power_watts", watts)
    json.optional("power_limit_watts", wattsMax)
  }
}

extension TopRequestGroup {
  fileprivate func write(_ json: inout JSONWriter, window: Double) {
    json.member("gpu", gpu)
    json.member("service", service)
    json.member("model", model)
    json.member("count", Int64(count))
    json.member("per_second", window > 0 ? Double(count) / window : 0)
    json.member("p95_ns", p95)
    json.member("errors", Int64(errorCount))
    json.member("output_tokens", outputTokens)
  }
}
