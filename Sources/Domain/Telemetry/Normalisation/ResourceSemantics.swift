import Base
import Columns

/// What a resource says for all its spans: the node and the GPUs, as codes in the columns of the span block.
package struct ResourceSemantics: ~Copyable {
  /// The node's code in `SpanBlock.nodeID`; 0 when the resource names none.
  package let nodeCode: UInt32
  /// The GPUs' codes in the elements of `SpanBlock.gpuIDs`.
  package let gpuCodes: [UInt32]

  /// Node attributes of a resource, first choice first: the name by which a scheduler knows the node, then the
  /// machine's own names.
  static let nodeKeys = ["k8s.node.name", "host.name", "node.id", "host.id"]
  static let gpuKeys = ["hw.id", "gpu.uuid"]

  /// Reads the attributes of a resource's row.
  package init(resources: ResourceBlock, row: Int, block: SpanBlock) {
    let attributes = resources.attributes
    var node: (rank: Int, entry: Int)?
    var gpus: [UInt32] = []
    for entry in attributes.range(row) {
      let key = attributes.keys.codes[entry]
      if let rank = Self.rank(of: key, among: Self.nodeKeys, in: attributes), rank < node?.rank ?? .max {
        node = (rank, entry)
      } else if Self.namesGPU(key, in: attributes) {
        let code = unsafe block.gpuIDs.elements.dictionary.code(Self.name(entry, of: attributes))
        if !gpus.contains(code) { gpus.append(code) }
      }
    }
    nodeCode = node.map { unsafe block.nodeID.dictionary.code(Self.name($0.entry, of: attributes)) } ?? 0
    gpuCodes = gpus
  }

  private static func name(_ entry: Int, of attributes: MapColumn) -> UnsafeRawBufferPointer {
    unsafe UTF8Text.prefix(attributes.values.rawBytes(entry), bytesMax: TextLimits.nameBytesMax)
  }

  /// Whether a key names a GPU: one of `gpuKeys`, or `gpu.{i}.resource_uuid`, for processes that have several.
  private static func namesGPU(_ code: UInt32, in attributes: MapColumn) -> Bool {
    let text = attributes.keys.dictionary.entries[Int(code)]
    return gpuKeys.contains(text) || SemanticRules.isNumberedGPU(text)
  }

  private static func rank(of code: UInt32, among keys: [String], in attributes: MapColumn) -> Int? {
    let text = attributes.keys.dictionary.entries[Int(code)]
    return keys.firstIndex(of: text)
  }
}
