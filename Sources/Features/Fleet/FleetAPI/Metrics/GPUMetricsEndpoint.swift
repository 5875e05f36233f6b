package import API
import Base
package import Feature
import HTTPTypes
import NodeReports

/// The series of a GPU, `/api/v1/gpus/{id}/metrics`.
package struct GPUMetricsEndpoint: Sendable {
  private let registry: NodeRegistry
  private let reader: GPUMetricsReader

  package init(registry: NodeRegistry, samples: SamplePort) {
    self.registry = registry
    reader = GPUMetricsReader(samples: samples)
  }

  private static let id = Parameter.text("id", "The `id` of a GPU, or the `uuid` of a part of it. \(GPULookup.description)").required()
  private static let response = JSONResponse("GpuMetricsResponse", .data(GPUMetrics.shape))

  package var endpoint: Endpoint<Void> {
    Endpoint(
      EndpointDefinition(
        .get, "/api/v1/gpus/{id}/metrics", name: "getGpuMetrics",
        summary: "The metrics of a GPU, or of a part of it, in steps: with unit, resolution and age, or why they are "
          + "missing.",
        tag: "fleet", pathParameters: [Self.id.definition],
        parameters: TimeRangeParameters.all + [
          GPUMetricsQuestion.metrics.definition, GPUMetricsQuestion.step.definition,
          GPUMetricsQuestion.aggregations.definition,
        ], response: Self.response.definition, problems: [.notFound, .limitReached]), metrics)
  }

  private func metrics(_ call: Call<Void>) throws -> HTTPResponse {
    let question = try GPUMetricsQuestion(call)
    var part: Int64?
    var name = ""
    let gpu = try registry.gpu(call[Self.id], call) { entry, id in
      name = id
      if entry.id == id { return entry }
      guard let found = entry.part(id) else { return nil }
      part = found.gpu.resources.first?.gpuInstance
      return found
    }
    let subject = GPUMetricsReader.Subject(gpu: gpu, part: part)
    return Self.response(
      GPUMetrics(
        id: name, subject: subject, question: question, metrics: try reader.metrics(question, of: subject, call)))
  }
}

/// Metrics of a GPU over a time.
private struct GPUMetrics: Sendable {
  let id: String
  let subject: GPUMetricsReader.Subject
  let question: GPUMetricsQuestion
  let metrics: [GPUMetricHistory]

  static let shape = JSONShape<GPUMetrics>.object { metrics in
    metrics.member("id", .string) { $0.id }
    metrics.member("node", .string) { $0.subject.gpu.node.report.name }
    metrics.optionalMember("gpu_instance", JSONShape.integer.described("Of a part; left out for the board.")) {
      $0.subject.part
    }
    metrics.member("start", .dateTime) { $0.question.range.start }
    metrics.member("end", .dateTime) { $0.question.range.end }
    metrics.member("step_seconds", .number) { Double($0.question.step) / 1e9 }
    metrics.member("metrics", .list(GPUMetricHistory.shape)) { $0.metrics }
  }
  .named("GpuMetrics")
}
