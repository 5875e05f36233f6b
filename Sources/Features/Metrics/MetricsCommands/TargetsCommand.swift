import Base
import Commands
import JSON

/// `metrics targets`.
enum TargetsCommand {
  static let definition = CommandDefinition(
    path: ["metrics", "targets"], summary: "Show what the server scrapes, and why that fails.",
    discussion:
      "The pages that the section 'scrape' of the configuration or metrics.scrape_file names, and the text files of "
      + "metrics.textfile_directory. What was wrong with a page the last time stands below the table.",
    options: [
      OptionDefinition(
        name: "--job", value: "NAME", meaning: "Only targets of this job of the configuration.",
        parameter: .named("scrapePool"))
    ] + ClientOptions.connection,
    examples: [.init(command: "axonize metrics targets --job node", meaning: "Those of one job.")], run: run)

  @Sendable private static func run(
    _ arguments: ParsedArguments, _ context: CommandContext
  ) throws(CommandFailure) -> ExitCode {
    let query = try [("state", "active")] + ClientOptions.query(arguments, now: context.now())
    let response = try PrometheusClient(arguments, context).get("/targets", query)
    guard !arguments.has("--json") else {
      context.print(String(decoding: response.bytes, as: UTF8.self))
      return .success
    }
    let targets = response.value["data"]?["activeTargets"]?.array ?? []
    guard !targets.isEmpty else {
      context.writeError(
        arguments.has("--job")
          ? "The job has no targets.\n"
          : "Nothing is scraped: the configuration has no section 'scrape', metrics.scrape_file or "
            + "metrics.textfile_directory with targets.\n")
      return .success
    }
    context.print(table(of: targets, context))
    let mistaken = targets.filter { $0["lastError"]?.string?.isEmpty == false }
    if !mistaken.isEmpty { context.print("") }
    for target in mistaken {
      context.print(TextWidth.visible("\(text(target["scrapeUrl"])): \(text(target["lastError"]))"))
    }
    return .success
  }

  private static func table(of targets: [JSONValue], _ context: CommandContext) -> Table {
    var table = Table([
      .init(title: "HEALTH") { style, text in text.hasPrefix("down") ? style.red(text) : text },
      .init(title: "JOB", isFlexible: true), .init(title: "INSTANCE", isFlexible: true),
      .init(title: "LAST SCRAPE"), .init(title: "DURATION", isNumber: true), .init(title: "EVERY", isNumber: true),
    ])
    let now = context.now().rawValue
    for target in targets {
      let health = text(target["health"])
      // Before the first scrape the time is that of year 1.
      let last = health == "unknown" ? nil : target["lastScrape"]?.string.flatMap { RFC3339.parse($0) }
      table.append([
        health, text(target["labels"]?["job"]), text(target["labels"]?["instance"]),
        last.map { "\(NumberText.duration(max(0, now - $0.rawValue))) ago" } ?? "-",
        last == nil
          ? "-" : NumberText.duration(Int64(((target["lastScrapeDuration"]?.double ?? 0) * 1e9).rounded())),
        text(target["scrapeInterval"]),
      ])
    }
    return table
  }

  private static func text(_ value: JSONValue?) -> String { value?.string ?? "" }
}
