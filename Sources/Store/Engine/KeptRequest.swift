/// The port to what keeps a request until its rows are stored, such as a journal on the disk.
///
/// Made when the request's rows begin to wait. Every call MAY come from any thread.
package protocol KeptRequest: AnyObject, Sendable {
  var fate: KeptFate { get }

  /// Ends the keeping: the rows are stored, or were refused and their sender knows.
  func release()

  /// Ends the keeping of a request whose rows the store refuses although it was acknowledged: it goes to a place where an
  /// operator finds it.
  func setAside(reason: String)
}

/// How far the keeping of a request is.
package enum KeptFate: Sendable, Hashable {
  /// It is not known yet whether it will survive the end of the process.
  case waiting
  /// It survives the end of the process, so it was acknowledged.
  case kept
  /// It could not be kept: only its rows in memory are left.
  case lost
}
