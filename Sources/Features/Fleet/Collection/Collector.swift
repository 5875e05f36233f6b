/// Reads facts of one kind from a machine, again and again.
///
/// A collector belongs to one thread, on which it may keep files open and buffers between its runs. It MUST end within
/// milliseconds; what may hang, such as a file system of another machine, runs on a thread of its own.
package protocol Collector: AnyObject {
  /// Unique among the collectors of a machine, e.g. `cpu`.
  var name: String { get }

  /// Appends what is the case now.
  ///
  /// Throws where nothing can be read. Where a part cannot be, it says so with ``Collected/note(_:)`` and goes on.
  func collect(into collected: inout Collected) throws(CollectionProblem)
}
