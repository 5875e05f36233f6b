package import API
package import Base
package import EnergyQueries
import Engine
import HTTPTypes
import Identity
import JSON
package import Prices

/// What the energy of GPUs was used for, and what it costs: `/api/v1/energy` and `/api/v1/prices`.
package struct EnergyEndpoints: Sendable {
  private let reader: EnergyReader
  private let registry: NodeRegistry
  private let prices: PriceSource
  private let completeUntil: @Sendable () -> UnixNanoseconds?
  private let tenantNames: @Sendable () throws -> [String: String]

  /// - Parameters:
  ///   - completeUntil: up to when the minutes are computed; nil before the first.
  ///   - tenantNames: the names of tenants by their ids.
  package init(
    reader: EnergyReader, registry: NodeRegistry, prices: PriceSource,
    completeUntil: @escaping @Sendable () -> UnixNanoseconds?,
    tenantNames: @escaping @Sendable () throws -> [String: String]
  ) {
    self.reader = reader
    self.registry = registry
    self.prices = prices
    self.completeUntil = completeUntil
    self.tenantNames = tenantNames
  }

  private static let by = Parameter<[EnergyDimension]?>.dimensions(
    "by", "What the energy is grouped by: one or two, separated by commas. Default: nothing, the total alone."
  ).defaulting(to: [])
  private static let step = Parameter.duration(
    "step", "The width of a time step of a series for each group, rounded up to whole minutes. Default: no series.")
  private static let model = Parameter.text(
    "model", "Only spans of this model: the requested one, or the one that responded when none was requested.")
  private static let service = Parameter.text("service", "Only spans of this `service.name`.")
  private static let provider = Parameter.text("provider", "Only spans of this provider of the model.")
  private static let operation = Parameter.text("operation", "Only spans of this operation, such as `chat`.")
  private static let gpu = Parameter.text("gpu", "Only the GPU, or the part of one, with this UUID.")
  private static let node = Parameter.text("node", "Only GPUs of this node.")
  private static let limit = Parameter.integer(
    "limit", "The most groups, those with the most energy first.", 1...1_000, default: 100)

  private static let response = JSONResponse("EnergyResponse", .data(EnergyAnswer.shape))
  private static let priceResponse = JSONResponse("PriceListResponse", .data(PriceList.shape))

  /// Steps of all groups together: 15 MB of JSON.
  private static let pointCountMax: Int64 = 50_000

  /// Every endpoint, for a server.
  package var endpoints: [Endpoint<Void>] {
    [
      Endpoint(
        EndpointDefinition(
          .get, "/api/v1/energy", name: "getEnergy",
          summary: "Energy of GPUs: what spans took, in total and by group, what it costs, and what was idle.",
          tag: "fleet",
          parameters: TimeRangeParameters.all + [
            Self.by.definition, Self.step.definition, Self.model.definition, Self.service.definition,
            Self.provider.definition, Self.operation.definition, Self.gpu.definition, Self.node.definition,
            Self.limit.definition,
          ], response: Self.response.definition, problems: [.limitReached]), energy),
      Endpoint(
        EndpointDefinition(
          .get, "/api/v1/prices", name: "getPrices",
          summary: "The prices of GPUs and of electricity, and the carbon of it, each from when on they hold.",
          tag: "fleet", response: Self.priceResponse.definition)
      ) { [prices] _ in Self.priceResponse(prices.list) },
    ]
  }

  private func energy(_ call: Call<Void>) throws -> HTTPResponse {
    let list = prices.list
    let query = try Self.query(call)
    var report: EnergyReport
    do throws(EnergyReader.Failure) {
      report = try reader.report(query, of: call.principal.tenant, prices: list, during: call.activity)
    } catch {
      switch error {
      case .query(let failure): throw Problem(failure)
      case .tooManyGroups:
        throw Problem(
          .limitReached,
          "There are more than \(EnergyReader.rowCountMax) groups and steps. Narrow the time range, take a longer step or "
            + "fewer groups, or add a filter.")
      }
    }
    if let place = query.groups.firstIndex(of: .tenant) {
      let names = try tenantNames()
      report.rename(at: place) { names[$0] ?? $0 }
    }
    let shared = try registry.sharedGPUs(of: call.principal.tenant, at: call.now).filter { shared in
      query.gpu.map { $0 == shared.uuid } ?? true && query.node.map { shared.nodes.contains($0) } ?? true
    }
    return Self.response(
      EnergyAnswer(
        query: query, report: report, currency: list.currency, completeUntil: completeUntil(),
        warnings: SharedGPU.warnings(shared)))
  }

  private static func query(_ call: Call<Void>) throws -> EnergyQuery {
    var query = EnergyQuery(range: try call.range())
    query.groups = call[by]
    query.model = call[model]
    query.service = call[service]
    query.provider = call[provider]
    query.operation = call[operation]
    query.gpu = call[gpu]
    query.node = call[node]
    query.groupCountMax = call[limit]
    if let step = call[step] {
      // A step of centuries is one of the whole range; rounding it up would leave the numbers.
      let seconds = max(1, (step - 1) / 60_000_000_000 + 1) * 60
      let count = query.minutes.durationNanoseconds / 1_000_000_000 / seconds + 1
      let groupCount = Int64(query.groups.isEmpty ? 1 : query.groupCountMax)
      guard count * groupCount <= pointCountMax else {
        throw Problem.invalid(
          "step",
          "the groups have more than \(pointCountMax) points together: \(groupCount) of \(count) steps; take a longer step, a "
            + "shorter range or a smaller limit")
      }
      query.stepSeconds = seconds
    }
    return query
  }
}

extension Input where Source == ParameterSource, Value == [EnergyDimension]? {
  /// One or two dimensions, separated by a comma.
  fileprivate static func dimensions(_ name: String, _ description: String) -> Input {
    let words = EnergyDimension.allCases.map(\.rawValue)
    let word = "(\(words.joined(separator: "|")))"
    let schema = Schema.json([("type", .string("string")), ("pattern", .string("^\(word)(,\(word))?$"))])
    return Input(name, description, schema: schema) { text, _ throws(InputMistake) in
      let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      let dimensions = parts.compactMap { EnergyDimension(rawValue: $0) }
      guard dimensions.count == parts.count, parts.count <= 2, Set(parts).count == parts.count else {
        throw InputMistake("expected one or two of \(words.joined(separator: ", ")), separated by a comma")
      }
      return dimensions
    }
  }
}
