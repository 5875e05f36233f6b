/// How much text of a record is stored.
///
/// Longer text is cut between two characters.
public enum TextLimits {
  /// Bytes of a name or a key.
  ///
  /// 1 KiB: names are in sorting keys, whose index the engine keeps in memory for each part, and in every list of
  /// services, operations, metrics and keys.
  @inlinable
  public static var nameBytesMax: Int { 1 << 10 }
  /// Bytes of a value: of a text as it came, of a list as its JSON.
  ///
  /// 1 MiB: a long prompt, and a page of responses that fits the memory of a query.
  @inlinable
  public static var valueBytesMax: Int { 1 << 20 }
}
