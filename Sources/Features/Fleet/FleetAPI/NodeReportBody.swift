import API
import JSON
import NodeReports

/// What an agent sends: a ``NodeReport``.
enum NodeReportBody {
  private static let name = JSONMember.text(
    "name", "The name of the machine, the label `instance` of its series.", length: 1...NodeReportLimits.nameLengthMax
  ).required()
  private static let version = member("version", "The version of the program that reports.", NodeReport.versionForm)
  private static let labels = member(
    "labels", "What people say of the machine, such as its rack.", NodeReport.labelsForm)
  private static let drivers = member("drivers", "Whether drivers of GPUs answer.", NodeReport.driversForm)
  private static let gpus = member(
    "gpus", "The GPUs with their parts, processes and newest values.", NodeReport.gpusForm)
  private static let events = member("events", "The newest events; known ones count once.", NodeReport.eventsForm)

  private static func member<Value>(_ name: String, _ description: String, _ form: JSONForm<Value>) -> JSONMember<Value>
  {
    JSONMember<Value?>(name, description, schema: form.shape.schema, read: form.read).required()
  }

  static let definition = BodyDefinition(
    "NodeReportBody",
    [
      name.definition, version.definition, labels.definition, drivers.definition, gpus.definition, events.definition,
    ], bytesMax: NodeReportLimits.bytesMax)

  static func report(_ body: JSONObject) -> NodeReport {
    var report = NodeReport()
    report.name = body[name]
    report.version = body[version]
    report.labels = body[labels]
    report.drivers = body[drivers]
    report.gpus = body[gpus]
    report.events = body[events]
    return report
  }
}
