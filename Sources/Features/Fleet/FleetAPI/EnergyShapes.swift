import API
import Base
import EnergyQueries
import JSON
import Prices

/// What `GET /api/v1/energy` responds with.
struct EnergyAnswer: Sendable {
  let query: EnergyQuery
  let report: EnergyReport
  let currency: String?
  let completeUntil: UnixNanoseconds?
  /// What makes the sums doubtful.
  let warnings: [String]

  /// A value that is null somewhere in the response, and why.
  struct Unavailable: Sendable {
    let value: String
    let reason: String
  }

  private var allSums: [EnergySums] { [report.total, report.idle, report.otherTenants] + report.groups.map(\.sums) }

  /// Costs without which price they are.
  var unavailable: [Unavailable] {
    let costs = allSums.map(\.cost)
    return [
      ("energy_cost", costs.contains { $0.energy == nil }, "price_not_set"),
      ("gpu_cost", costs.contains { $0.gpuTime == nil }, "price_not_set"),
      ("carbon_grams", costs.contains { $0.carbonGrams == nil }, "carbon_intensity_not_set"),
    ].compactMap { value, isMissing, reason in isMissing ? Unavailable(value: value, reason: reason) : nil }
  }

  static let shape = JSONShape<EnergyAnswer>.object { answer in
    answer.member("start", JSONShape.dateTime.described("Of the first minute.")) { $0.query.minutes.start }
    answer.member("end", JSONShape.dateTime.described("The end of the last minute.")) { $0.query.minutes.end }
    let until = JSONShape<UnixNanoseconds?>.orNull(.dateTime)
      .described("Minutes before this time are computed; later ones are missing. Null before the first.")
    answer.member("complete_until", until) { $0.completeUntil }
    answer.member("currency", .orNull(.string).described("Null where there are no prices.")) { $0.currency }
    let measured = JSONShape.number
      .described("Joules of the GPUs, as measured: of all spans, of `other_tenants` and of `idle`.")
    answer.member("measured_joules", measured) { $0.report.measuredJoules }
    let coverage = JSONShape<Double?>.orNull(.number)
      .described("The part of the time of the GPUs that has samples of energy; null without GPUs.")
    answer.member("coverage", coverage) { $0.report.coverage }
    answer.member("total", EnergySums.ofSpans.described("Of the spans that the filters select.")) { $0.report.total }
    answer.member("idle", EnergySums.ofUse.described("Of GPUs while no span ran on them.")) { $0.report.idle }
    let others = EnergySums.ofUse.described("Of spans of other tenants on GPUs that this tenant reports.")
    answer.member("other_tenants", others) { $0.report.otherTenants }
    answer.member("group_count", JSONShape.integer.described("How many groups there are, shown or not.")) {
      $0.report.groupCount
    }
    answer.member("groups", .list(group)) { answer in
      answer.report.groups.map { Group(query: answer.query, group: $0) }
    }
    let unavailable = JSONShape<Unavailable>.object { value in
      value.member("value", .string) { $0.value }
      value.member("reason", .choice(["price_not_set", "carbon_intensity_not_set"])) { $0.reason }
    }
    answer.member("unavailable", .list(unavailable).described("Which values are null, and why.")) { $0.unavailable }
    let warnings = JSONShape<[String]>.list(.string)
      .described("What makes the numbers doubtful, such as a GPU that several nodes report; absent where nothing does.")
    answer.optionalMember("warnings", warnings) { $0.warnings.isEmpty ? nil : $0.warnings }
  }
  .named("Energy")

  private struct Group: Sendable {
    let query: EnergyQuery
    let group: EnergyReport.Group
  }

  private static let group = JSONShape<Group>.object { group in
    let names = JSONShape<[(name: String, value: String)]>.objectByName(.string)
      .described("The value of each dimension of `by`; empty text for none.")
    group.member("group", names) { group in
      zip(group.query.groups, group.group.names).map { (name: $0.rawValue, value: $1) }
    }
    group.members(of: EnergySums.spanMembers) { $0.group.sums }
    let point = JSONShape<EnergyReport.Point>.object { point in
      point.member("time", JSONShape.dateTime.described("The beginning of the step.")) { $0.time }
      point.members(of: EnergySums.spanMembers) { $0.sums }
    }
    .named("EnergyPoint")
    group.optionalMember("points", .list(point).described("Steps with energy, by time; absent without `step`.")) {
      $0.query.stepSeconds == nil ? nil : $0.group.points
    }
  }
  .named("EnergyGroup")
}

extension EnergySums {
  static let ofUse = JSONShape<EnergySums>.object { $0.members(of: useMembers) { $0 } }.named("EnergyUse")
  static let ofSpans = JSONShape<EnergySums>.object { $0.members(of: spanMembers) { $0 } }.named("EnergyOfSpans")

  private static let amount = JSONShape<Double?>.orNull(.number)

  private static let useMembers: JSONObjectShape<EnergySums> = {
    var sums = JSONObjectShape<EnergySums>()
    sums.member("joules", .number) { $0.joules }
    sums.member("kwh", .number) { $0.kilowattHours }
    sums.member("gpu_seconds", JSONShape.number.described("Time of GPUs; spans at once share it.")) { $0.gpuSeconds }
    sums.member("energy_cost", amount.described("kWh, times PUE, times the price of a kWh.")) { $0.cost.energy }
    sums.member("gpu_cost", amount.described("Hours of GPUs times their price.")) { $0.cost.gpuTime }
    sums.member("carbon_grams", amount.described("Grams of CO2: kWh, times PUE, times the grams of a kWh.")) {
      $0.cost.carbonGrams
    }
    return sums
  }()

  static let spanMembers: JSONObjectShape<EnergySums> = {
    var sums = useMembers
    sums.member("spans", JSONShape.number.described("Spans that ended in the time; one on several GPUs counts once.")) {
      Self.whole($0.spans)
    }
    sums.member("input_tokens", .number) { Self.whole($0.inputTokens) }
    sums.member("output_tokens", .number) { Self.whole($0.outputTokens) }
    sums.member("joules_per_span", amount) { Self.ratio($0.joules, $0.spans) }
    sums.member("joules_per_token", amount.described("Of input and output tokens; null without any.")) {
      Self.ratio($0.joules, $0.tokens)
    }
    sums.member("joules_per_output_token", amount) { Self.ratio($0.joules, $0.outputTokens) }
    sums.member("energy_cost_per_million_tokens", amount) { Self.perMillionTokens($0.cost.energy, $0) }
    sums.member("gpu_cost_per_million_tokens", amount) { Self.perMillionTokens($0.cost.gpuTime, $0) }
    let shares = JSONShape<EnergySums>.object { shares in
      shares.member("exact", .number) { Self.ratio($0.exactJoules, $0.joules) ?? 0 }
      shares.member("shared", .number) { Self.ratio($0.sharedJoules, $0.joules) ?? 0 }
      shares.member("estimated", .number) { Self.ratio($0.estimatedJoules, $0.joules) ?? 0 }
    }
    .named("EnergyProvenance").described("How the joules came about, as parts of them.")
    sums.member("provenance", shares) { $0 }
    return sums
  }()

  /// Parts of spans and of their tokens that were shared among GPUs and add up again.
  private static func whole(_ value: Double) -> Double {
    let rounded = value.rounded()
    return abs(value - rounded) < 1e-6 * max(1, abs(value)) ? rounded : value
  }

  private static func ratio(_ value: Double, _ divisor: Double) -> Double? { divisor > 0 ? value / divisor : nil }

  private static func perMillionTokens(_ cost: Double?, _ sums: EnergySums) -> Double? {
    cost.flatMap { ratio($0 * 1_000_000, sums.tokens) }
  }
}

extension PriceList {
  static let shape = JSONShape<PriceList>.object { list in
    list.member("currency", .orNull(.string).described("Null where there are no prices.")) { $0.currency }
    let from = JSONShape<UnixNanoseconds?>.orNull(.dateTime).described("Null for all times.")
    let terms = JSONShape<ElectricityTerms>.object { terms in
      terms.member("from", from) { $0.from == .allTimes ? nil : $0.from }
      terms.optionalMember("price_per_kwh", .number) { $0.pricePerKilowattHour }
      terms.optionalMember("co2_grams_per_kwh", .number) { $0.carbonGramsPerKilowattHour }
      terms.optionalMember("pue", .number) { $0.powerUsageEffectiveness }
    }
    .named("ElectricityTerms")
    let electricity = JSONShape<[ElectricityTerms]>.list(terms)
      .described("By time; what is absent stays as it was, `pue` is 1 where it never was set.")
    list.member("electricity", electricity) { $0.electricity }
    let price = JSONShape<GPUPrices.Price>.object { price in
      price.member("from", from) { $0.from == .allTimes ? nil : $0.from }
      price.member("per_hour", .number) { $0.perHour }
    }
    .named("GpuPrice")
    let gpu = JSONShape<GPUPrices>.object { gpu in
      gpu.member("model", JSONShape.string.described("A pattern; `*` stands for any characters.")) { $0.model.text }
      gpu.member("node", .string) { $0.node.text }
      gpu.member("prices", .list(price)) { $0.prices }
    }
    .named("GpuPrices")
    list.member("gpus", .list(gpu).described("The first one that fits a GPU has its price.")) { $0.gpus }
  }
  .named("PriceList")
}
