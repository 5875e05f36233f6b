import Columns

/// A column of the table `spans`, declared once.
///
/// From the declarations come the columns of a `SpanBlock`, what a row has in them where a span says nothing, which
/// attributes are promoted, the statement that reads whole spans and its reader, the parts `gen_ai` and `gpu` of a span
/// in the API with their schema, and docs/schema.md. A column of the normalised part is declared, is a property of
/// `SpanBlock`, and has rules in `SemanticRules` and a line in `SpanSemantics.finish` that fill it.
package struct SpanColumn: Sendable {
  package var declaration: ColumnDeclaration { inBlock.declaration }
  let inBlock: BlockColumn<SpanBlock>
  /// What else there is to a column of the normalised part; nil for the others.
  package let inference: Inference?

  /// What the normaliser finds of an inference, whichever convention it came in.
  package struct Inference: Sendable {
    package let kind: InferenceValueKind
    /// The attribute that the column holds alone.
    package let promoted: PromotedAttribute?
    /// The part of a span in the API that has the value, and its name there.
    package let part: SpanPart
    package let member: String
    /// Whether the tables of aggregates have the sum of the values.
    package let isSummed: Bool
    let rows: @Sendable (SpanBlock) -> InferenceRows
  }

  package var name: String { declaration.name }

  init<Rows: Column>(
    _ name: StaticString, _ type: String, _ rows: any KeyPath<SpanBlock, Rows> & Sendable, meaning: String
  ) {
    inBlock = BlockColumn(name, type, rows, meaning: meaning)
    inference = nil
  }

  init(_ name: StaticString, _ type: String, filler: ColumnDeclaration.Filler, meaning: String) {
    inBlock = BlockColumn(name, type, filler: filler, meaning: meaning)
    inference = nil
  }

  /// A column of the normalised part.
  ///
  /// - Parameters:
  ///   - promotes: the key of the attribute that the column holds alone, and the number of its bit, which is stored and MUST
  ///     NOT change its meaning.
  ///   - member: the name in the API; nil for the column's own.
  init(
    normalised name: StaticString, _ type: String, _ place: InferencePlace, promotes: (key: String, bit: UInt8)? = nil,
    part: SpanPart = .inference, member: String? = nil, sums: Bool = false, meaning: String
  ) {
    inBlock = BlockColumn(name, type, meaning: meaning) { place.rows(of: $0).column }
    let promoted = promotes.map {
      PromotedAttribute(bit: $0.bit, key: $0.key, column: name, isInteger: place.kind == .count)
    }
    inference = Inference(
      kind: place.kind, promoted: promoted, part: part, member: member ?? name.description, isSummed: sums,
      rows: { place.rows(of: $0) })
  }
}

/// The parts of a span in the API that hold what the normaliser found.
package enum SpanPart: Sendable {
  /// `gen_ai`.
  case inference
  /// `gpu`.
  case hardware
}

/// What a value of a normalised column is.
///
/// It is unknown where the column has empty text, NULL or an empty list.
package enum InferenceValueKind: Sendable {
  case text, texts
  /// A whole number of at least 0.
  case count
  /// A time in nanoseconds.
  case nanoseconds
}
