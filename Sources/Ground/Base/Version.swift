/// The version of Axonize, by semantic versioning.
package enum Version {
  package static let current = "0.1.0"
}
