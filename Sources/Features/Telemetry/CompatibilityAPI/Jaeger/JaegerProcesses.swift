import JSON
import TelemetryQueries

/// The processes of one trace in Jaeger's model: each distinct resource once, named `p1`, `p2` and so on.
struct JaegerProcesses {
  private struct Process: Hashable {
    let serviceName: String
    let resource: StoredResource
  }

  private var ids: [Process: String] = [:]
  private var processes: [Process] = []

  /// The id of a span's process.
  mutating func id(of span: StoredSpan) -> String {
    let process = Process(serviceName: span.serviceName, resource: span.resource)
    if let id = ids[process] { return id }
    processes.append(process)
    let id = "p\(processes.count)"
    ids[process] = id
    return id
  }

  /// Writes the object of processes by id.
  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      for (index, process) in processes.enumerated() {
        writer.key("p\(index + 1)")
        writer.object { writer in
          // The name that the OpenTelemetry Collector gives to a resource without one.
          writer.member("serviceName", process.serviceName.isEmpty ? "OTLPResourceNoServiceName" : process.serviceName)
          writer.key("tags")
          writer.array { writer in
            for attribute in process.resource.attributes where attribute.key != "service.name" {
              JaegerTag(attribute.key, attribute.value).write(to: &writer)
            }
          }
        }
      }
    }
  }
}
