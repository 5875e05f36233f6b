import API
import OTLP
import TelemetryQueries
import TraceInterchange

/// A process of a trace in Jaeger's model: a resource with the name of its service.
struct JaegerProcess: Sendable {
  /// `p1`, `p2` and so on.
  let id: String
  let serviceName: String
  let resource: StoredResource
}

/// The processes of one trace: each distinct resource once.
struct JaegerProcesses {
  private struct Key: Hashable {
    let serviceName: String
    let resource: StoredResource
  }

  private var ids: [Key: String] = [:]
  /// In the order in which a span first names them.
  private(set) var all: [JaegerProcess] = []

  /// The id of a span's process.
  mutating func id(of span: StoredSpan) -> String {
    let key = Key(serviceName: span.serviceName, resource: span.resource)
    if let id = ids[key] { return id }
    let id = "p\(all.count + 1)"
    all.append(JaegerProcess(id: id, serviceName: span.serviceName, resource: span.resource))
    ids[key] = id
    return id
  }
}

extension JSONShape where Value == JaegerProcess {
  static var process: JSONShape {
    object { process in
      // The name that the OpenTelemetry Collector gives to a resource without one.
      process.member("serviceName", .string) { $0.serviceName.isEmpty ? "OTLPResourceNoServiceName" : $0.serviceName }
      process.member("tags", .list(.jaegerTag)) { process in
        process.resource.attributes.filter { $0.key != "service.name" }.map { JaegerTag($0.key, $0.value) }
      }
    }
  }
}
