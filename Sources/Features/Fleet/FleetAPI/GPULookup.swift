import API
import Base
import Identity
import NodeReports

/// How a GPU, or a part of one, is named: by its id, or by the first characters of a UUID that no other one begins with.
enum GPULookup {
  /// Fewer are too often those of another GPU in time.
  private static let characterCountMin = 8
  private static let prefixes = ["gpu-", "mig-"]
  /// How many GPUs an error names.
  private static let nameCountMax = 10

  /// For descriptions of parameters.
  static let description =
    "The first \(characterCountMin) characters or more suffice where no other one begins with them; `GPU-` may be left out."

  /// Whether a text names a GPU or part by the first characters of its id; `GPU-` and `MIG-` may be left out.
  static func isBeginning(_ text: String, of id: String) -> Bool {
    guard bare(text).utf8.count >= characterCountMin else { return false }
    let (text, id) = (text.lowercased(), id.lowercased())
    return id.hasPrefix(text) || bare(id).hasPrefix(text)
  }

  private static func bare(_ id: String) -> Substring {
    let id = id.lowercased()
    return prefixes.first { id.hasPrefix($0) }.map { id.dropFirst($0.count) } ?? id[...]
  }

  /// The only one of the ids that a text may mean; nil for none.
  static func only(_ found: Set<String>, _ text: String) throws(Problem) -> String? {
    guard found.count > 1 else { return found.first }
    let names = found.sorted().prefix(nameCountMax).joined(separator: ", ")
    let rest = found.count > nameCountMax ? " and \(found.count - nameCountMax) more" : ""
    throw .invalid("id", "'\(text)' is the beginning of several ids; give more of it: \(names)\(rest)")
  }
}

extension NodeRegistry {
  /// The first GPU of which a search finds something.
  ///
  /// - Parameters:
  ///   - name: the id of a GPU or of a part, or the beginning of one.
  ///   - search: finds what has an id, to which the name is completed.
  func gpu(_ name: String, _ call: Call<Void>, _ search: (GPUEntry, String) -> GPUEntry?) throws -> GPUEntry {
    if let found = try firstGPU(call, { search($0, name) }) { return found }
    if let id = try gpuID(name, call), id != name, let found = try firstGPU(call, { search($0, id) }) { return found }
    throw Problem(.notFound, "There is no GPU '\(name)'.")
  }

  /// The id of the GPU, or of the part of one, that a name stands for; nil for what no node reports.
  func gpuID(_ name: String, _ call: Call<Void>) throws -> String? {
    var found: Set<String> = []
    let exact = try firstGPU(call) { entry in
      for id in [entry.id] + entry.gpu.resources.compactMap(\.uuid) {
        if id == name { return entry }
        if GPULookup.isBeginning(name, of: id) { found.insert(id) }
      }
      return nil
    }
    return exact == nil ? try GPULookup.only(found, name) : name
  }

  private func firstGPU(_ call: Call<Void>, _ search: (GPUEntry) -> GPUEntry?) throws -> GPUEntry? {
    var after: String?
    repeat {
      let found = try nodes(of: call.principal.tenant, after: after, limit: DocumentLimits.pageCountMax)
      for node in found.nodes {
        for entry in GPUEntry.all(of: node, now: call.now) { if let found = search(entry) { return found } }
      }
      after = found.next
    } while after != nil
    return nil
  }
}
