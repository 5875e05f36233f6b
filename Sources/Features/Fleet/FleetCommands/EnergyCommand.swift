import Commands
import JSON

/// `energy`: what the energy of GPUs was used for.
enum EnergyCommand {
  static let definition = CommandDefinition(
    path: ["energy"], summary: "Show what the energy of GPUs was used for, and what it costs.",
    discussion:
      "Energy of spans by group, then that of GPUs while no span ran there. Spans at once on a GPU share its energy, so that "
      + "all lines add up to what the GPUs took. Costs need prices in the configuration file of the server; without them "
      + "they are missing. Without a range, the last 24 hours.",
    options: [by] + filters + ClientOptions.range + [ClientOptions.limit(default: limitDefault)]
      + ClientOptions.connection,
    examples: [
      .init(
        command: "axonize energy --by model --since 7d", meaning: "Joules and costs per million tokens of each model."),
      .init(command: "axonize energy --by gpu,service", meaning: "Which service uses which GPU."),
    ],
    run: { arguments, context in
      let client = try APIClient(arguments, context)
      var query = try ClientOptions.query(arguments, now: context.now())
      if !query.contains(where: { $0.0 == "start" }) { query.append(("start", "-24h")) }
      if !query.contains(where: { $0.0 == "by" }) { query.append(("by", "model")) }
      query.append(("limit", arguments["--limit"] ?? "\(limitDefault)"))
      let response = try client.get("/energy", query)
      if arguments.has("--json") {
        context.print(String(decoding: response.bytes, as: UTF8.self))
        return .success
      }
      let energy = response.value["data"] ?? .null
      context.print(table(energy))
      for line in notes(energy) { context.print(line) }
      return .success
    })

  private static let limitDefault = 50

  private static let by = OptionDefinition(
    name: "--by", value: "LIST",
    meaning: "One or two of model, service, provider, operation, gpu, resource, node, tenant. Default: model.",
    parameter: .named("by"))

  private static let filters =
    [("model", "of this model"), ("service", "of this service")].map { name, text in
      OptionDefinition(
        name: "--\(name)", value: "NAME", meaning: "Only spans \(text).", parameter: .named(name))
    } + [
      OptionDefinition(
        name: "--gpu", value: "UUID", meaning: "Only this GPU, or this part of one.", parameter: .named("gpu")),
      OptionDefinition(name: "--node", value: "NAME", meaning: "Only GPUs of this node.", parameter: .named("node")),
    ]

  private static func table(_ energy: JSONValue) -> Table {
    let groups = energy["groups"]?.array ?? []
    let names = dimensions(groups.first?["group"])
    var table = Table(
      names.map { Table.Column(title: $0.uppercased(), isFlexible: true) } + [
        .init(title: "SPANS", isNumber: true), .init(title: "TOKENS", isNumber: true),
        .init(title: "ENERGY", isNumber: true), .init(title: "J/TOKEN", isNumber: true),
        .init(title: "GPU TIME", isNumber: true), .init(title: "ENERGY COST", isNumber: true),
        .init(title: "GPU COST", isNumber: true), .init(title: "PER 1M TOKENS", isNumber: true),
        .init(title: "CO2", isNumber: true),
      ])
    func add(_ labels: [String], _ sums: JSONValue?) {
      let padded = labels + Array(repeating: "", count: max(0, names.count - labels.count))
      table.append(padded + cells(sums))
    }
    for group in groups {
      add(names.map { name in group["group"]?[name]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? "-" }, group)
    }
    if groups.count != 1 { add(["all spans"], energy["total"]) }
    if (energy["other_tenants"]?["joules"]?.double ?? 0) > 0 { add(["other tenants"], energy["other_tenants"]) }
    add(["idle"], energy["idle"])
    return table
  }

  private static func dimensions(_ group: JSONValue?) -> [String] {
    guard let members = group?.members, !members.isEmpty else { return ["group"] }
    return members.map(\.key)
  }

  private static func cells(_ sums: JSONValue?) -> [String] {
    func number(_ name: String) -> Double? { sums?[name]?.double }
    let tokens = number("input_tokens").flatMap { input in number("output_tokens").map { input + $0 } }
    // Of both costs, the one that is there; energy is a part of what an hour of a rented GPU costs.
    let perMillion = number("gpu_cost_per_million_tokens") ?? number("energy_cost_per_million_tokens")
    return [
      number("spans").map(NumberText.number) ?? "", tokens.map(NumberText.number) ?? "",
      number("joules").map(NumberText.energy) ?? "-", number("joules_per_token").map(NumberText.number) ?? "",
      number("gpu_seconds").map { NumberText.duration(Int64(exactly: ($0 * 1e9).rounded()) ?? .max) } ?? "-",
      EnergyText.amount(number("energy_cost")), EnergyText.amount(number("gpu_cost")),
      sums?["spans"] == nil ? "" : EnergyText.amount(perMillion), EnergyText.grams(number("carbon_grams")),
    ]
  }

  /// What the table does not say.
  private static func notes(_ energy: JSONValue) -> [String] {
    var notes: [String] = [""]
    if let count = energy["group_count"]?.int, let shown = energy["groups"]?.array?.count, count > shown {
      notes.append("\(shown) of \(count) groups are shown; --limit shows more.")
    }
    if let currency = energy["currency"]?.string { notes.append("Costs in \(TextWidth.visible(currency)).") }
    for value in energy["unavailable"]?.array ?? [] {
      switch value["value"]?.string {
      case "energy_cost": notes.append("No price of a kWh is set for all of the time: see docs/energy.md.")
      case "gpu_cost": notes.append("No price of an hour is set for all of these GPUs: see docs/energy.md.")
      case "carbon_grams": notes.append("No carbon of a kWh is set for all of the time: see docs/energy.md.")
      default: break
      }
    }
    if let coverage = energy["coverage"]?.double, coverage < 0.995 {
      notes.append("\(HostText.percent(coverage)) of the time of the GPUs was measured.")
    }
    if energy["coverage"]?.isNull == true {
      notes.append("No GPU was measured in these minutes; 'axonize gpus --ids' lists GPUs.")
    }
    notes += (energy["warnings"]?.array ?? []).compactMap(\.string).map(TextWidth.visible)
    if let until = energy["complete_until"]?.string {
      notes.append(
        "Computed up to \(until.prefix(19)) UTC; newer minutes follow, and minutes of the last hour may change.")
    } else {
      notes.append("Nothing is computed yet: the first minute takes some minutes.")
    }
    return notes
  }
}

/// Carbon and amounts of money as people read them.
enum EnergyText {
  static func grams(_ grams: Double?) -> String {
    grams.map { $0 < 1_000 ? NumberText.rounded($0) + " g" : NumberText.rounded($0 / 1_000) + " kg" } ?? "-"
  }

  static func amount(_ amount: Double?) -> String { amount.map(NumberText.rounded) ?? "-" }
}
