/// Says whether rows may be taken.
package protocol IngestGate: Sendable {
  /// Why not, for the client; nil when they may. Cheap: it is asked for every request.
  var refusal: String? { get }
}
