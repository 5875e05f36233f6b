/// How much scraping takes of a machine.
package struct ScrapeLimits: Sendable, Hashable {
  /// Scrapes that run at once; 500.
  ///
  /// Most of their time is a wait for the target.
  package var runningCountMax = 500
  /// Bytes of pages that are received at once; 256 MiB.
  package var pageBytesMax = 256 << 20
  /// Series that are remembered of all targets, for their labels and for stale markers; 2,000,000.
  ///
  /// Each takes some hundred bytes.
  package var seriesCountMax = 2_000_000
  /// Threads that decode pages and hand samples to the store; 2.
  package var workerCount = 2

  package init() {}
}
