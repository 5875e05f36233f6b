import Base
package import Configuration
import YAML

/// The section `prices` of the configuration file.
package enum PriceSection {
  package static let section = SettingSection(
    "prices", members: ["electricity", "currency"],
    meaning: "What an hour of a GPU and a kWh cost, and the carbon of a kWh.",
    notes: "docs/energy.md says what it may hold. Without it nothing has a cost. Read again on SIGHUP.")

  /// Reads the section of a file.
  ///
  /// - Parameter path: for messages.
  package static func read(_ text: [UInt8], path: String) throws(PriceListError) -> PriceList {
    let root: YAMLNode?
    do throws(YAMLError) { root = try YAMLReader.read(text) } catch {
      throw PriceListError(problems: ["\(path):\(error)."])
    }
    guard case .mapping(let entries)? = root?.content,
      let node = entries.first(where: { $0.key == section.key })?.value, !node.isNull
    else { return .empty }
    let reader = PriceListReader()
    let list = reader.list(node)
    let problems = reader.problems.texts(path)
    guard problems.isEmpty, let list else { throw PriceListError(problems: problems) }
    return list
  }
}

/// Everything that is wrong with prices, all at once.
package struct PriceListError: Error, Sendable, CustomStringConvertible {
  /// One line each: the file with line and column, and what is wrong.
  package let problems: [String]

  package var description: String { problems.joined(separator: "\n") }
}

private struct PriceListReader {
  let problems = SectionProblems()

  /// Entries of each list: a change a week for ten years.
  private static let entryCountMax = 500
  private static let price = (form: "a number from 0 to 1000000", range: 0.0...1_000_000)
  /// Oil shale has 1,000 g.
  private static let carbon = (form: "a number from 0 to 10000", range: 0.0...10_000)
  private static let effectiveness = (form: "a number from 1 to 10", range: 1.0...10)

  func list(_ node: YAMLNode) -> PriceList? {
    guard var members = YAMLMembers(node, "prices", problems) else { return nil }
    let currency = members.read("currency", "the code of a currency, three capital letters such as EUR") { text in
      text.utf8.count == 3 && text.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) } ? text : nil
    }
    let electricity = electricity(&members)
    let gpus = gpus(&members)
    let hasPrices = !gpus.isEmpty || electricity.contains { $0.pricePerKilowattHour != nil }
    if hasPrices, !members.contains("currency") { members.problem("prices need a 'currency', such as EUR") }
    members.finish()
    return PriceList(currency: currency, electricity: electricity, gpus: gpus)
  }

  private func entries(_ members: inout YAMLMembers, _ name: String) -> [YAMLNode] {
    let nodes = members.list(name) ?? []
    guard nodes.count > Self.entryCountMax else { return nodes }
    members.problem(at: name, "'\(name)' has \(nodes.count) entries; at most \(Self.entryCountMax)")
    return []
  }

  private func electricity(_ members: inout YAMLMembers) -> [ElectricityTerms] {
    var found: [ElectricityTerms] = []
    for node in entries(&members, "electricity") {
      guard let terms = terms(node) else { continue }
      if found.contains(where: { $0.from == terms.from }) {
        problems.add(node, "there are two entries of electricity from the same time")
      }
      found.append(terms)
    }
    return found
  }

  private func terms(_ node: YAMLNode) -> ElectricityTerms? {
    guard var members = YAMLMembers(node, "electricity", problems) else { return nil }
    let terms = ElectricityTerms(
      from: from(&members), pricePerKilowattHour: number(&members, "price_per_kwh", Self.price),
      carbonGramsPerKilowattHour: number(&members, "co2_grams_per_kwh", Self.carbon),
      powerUsageEffectiveness: number(&members, "pue", Self.effectiveness))
    members.finish()
    return terms
  }

  /// Entries for the same GPUs become one, at the place of the first of them.
  private func gpus(_ members: inout YAMLMembers) -> [GPUPrices] {
    var places: [String: Int] = [:]
    var found: [(model: NamePattern, node: NamePattern, prices: [GPUPrices.Price])] = []
    for entry in entries(&members, "gpus") {
      guard var members = YAMLMembers(entry, "gpus", problems) else { continue }
      let model = NamePattern(members.text("model") ?? NamePattern.any.text)
      let node = NamePattern(members.text("node") ?? NamePattern.any.text)
      let from = from(&members)
      if !members.contains("price_per_hour") { members.problem("an entry of gpus needs a 'price_per_hour'") }
      let price = number(&members, "price_per_hour", Self.price)
      members.finish()
      guard let price else { continue }
      let key = "\(model.text)\n\(node.text)"
      let place = places[key] ?? found.count
      places[key] = place
      if place == found.count { found.append((model, node, [])) }
      if found[place].prices.contains(where: { $0.from == from }) {
        problems.add(entry, "there are two prices for the same GPUs from the same time")
      }
      found[place].prices.append(GPUPrices.Price(from: from, perHour: price))
    }
    return found.map { GPUPrices(model: $0.model, node: $0.node, prices: $0.prices) }
  }

  private func number(
    _ members: inout YAMLMembers, _ name: String, _ rule: (form: String, range: ClosedRange<Double>)
  ) -> Double? {
    members.read(name, rule.form) { text in Double(text).flatMap { rule.range.contains($0) ? $0 : nil } }
  }

  /// For all times where an entry says nothing.
  ///
  /// Energy is counted by the minute, so a price changes between two.
  private func from(_ members: inout YAMLMembers) -> UnixNanoseconds {
    members.read("from", "a UTC date such as 2026-07-01, or a whole minute such as 2026-07-01T06:00:00Z") { text in
      let time = RFC3339.parse(text.utf8.count == 10 ? text + "T00:00:00Z" : text)
      return time.flatMap { $0.rawValue % 60_000_000_000 == 0 ? $0 : nil }
    } ?? .allTimes
  }
}
