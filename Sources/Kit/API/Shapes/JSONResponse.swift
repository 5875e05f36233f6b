package import HTTPTypes
import JSON

/// What an endpoint responds with when all is well: values of one type in one shape.
///
/// The endpoint declares it and writes its responses with it, so that the document cannot promise anything else.
package struct JSONResponse<Value: Sendable>: Sendable {
  package let definition: ResponseDefinition
  private let shape: JSONShape<Value>

  /// - Parameters:
  ///   - name: the name of the shape in the OpenAPI document.
  ///   - hasRevision: whether it carries an `ETag` of the object's revision.
  ///   - hasLocation: whether it carries the `Location` of the object that was made.
  ///   - emptyStatus: the status of a response without a body that may come in its place.
  package init(
    _ name: String, _ shape: JSONShape<Value>, status: Int = 200, hasRevision: Bool = false, hasLocation: Bool = false,
    emptyStatus: Int? = nil
  ) {
    self.shape = shape
    var definition = ResponseDefinition(
      shape.named(name), status: status, hasRevision: hasRevision, hasLocation: hasLocation)
    definition.emptyStatus = emptyStatus
    self.definition = definition
  }

  /// The response with a value.
  package func callAsFunction(_ value: Value) -> HTTPResponse {
    var writer = JSONWriter(reservingCapacity: 4096)
    shape.write(value, &writer)
    return HTTPResponse(status: definition.status, contentType: definition.contentType, body: writer.bytes)
  }
}
